// SPDX-License-Identifier: Apache-2.0
// Configuration as an attack: values that would break out of nginx.conf, addresses that lead inside, secrets sent where they should not go.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { canary, freshName, makeCaller, makePlace, ownInstallation, ROLE, settles, sharedInstallation, sleep } from './harness.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json'] });
const conf = () => fs.readFileSync(path.join(gate.data, 'edge/nginx.conf'), 'utf8');

// ---- values that would break out ------------------------------------------------------------------------------------------------------

const MARK = 'breakout';
const POISON = {
    semicolon: `a;${MARK} on`,
    newline: `a\n${MARK} on`,
    'carriage return': `a\r${MARK}`,
    'opening brace': `a{${MARK}`,
    'closing brace': `a}${MARK}`,
    dollar: `$${MARK}`,
    'double quote': `a"${MARK}`,
    'single quote': `a'${MARK}`,
    backslash: `a\\${MARK}`,
    hash: `a#${MARK}`,
    'a space': `a ${MARK}`,
    NUL: `a\u0000${MARK}`,
    'no ASCII': `ä${MARK}`,
};
const FIELDS = {
    // where a value ends up near nginx.conf -> the PUT that carries it
    'url host': (v) => ['backends/poison', { url: `https://${v}:443/v1`, dialect: 'openai', auth: 'none' }],
    'url path': (v) => ['backends/poison', { url: `https://127.0.0.1:9/${v}`, dialect: 'openai', auth: 'none' }],
    tlsServerName: (v) => ['backends/poison', { url: 'https://127.0.0.1:9', dialect: 'openai', auth: 'none', tlsServerName: v }],
    apiVersion: (v) => ['backends/poison', { url: 'https://127.0.0.1:9', dialect: 'azure', auth: 'none', apiVersion: v }],
    caCertificate: (v) => ['backends/poison', { url: 'https://127.0.0.1:9', dialect: 'openai', auth: 'none', caCertificate: v }],
};
for (const [field, make] of Object.entries(FIELDS))
    test(`backend ${field}: what would break out is refused or harmless`, async () => {
        for (const [what, value] of Object.entries(POISON)) {
            const [at, properties] = make(value);
            const got = await gate.api('PUT', `${place.at}/${at}`, properties);
            assert.ok(got.status === 400 || got.status < 300, `${what}: ${got.status} ${got.text}`);
            if (got.status < 300) await sleep(300);
            assert.ok(!conf().includes(MARK), `${what} in nginx.conf`);
        }
        assert.equal((await place.chat('json')).status, 200);
    });
test("the model's name and descriptions are data, whatever they hold", async () => {
    for (const [what, value] of Object.entries(POISON)) {
        const got = await gate.api('PUT', `${place.endpoint}/deployments/poison`, { model: value, backend: 'mock' });
        const described = await gate.api('PUT', place.at, { description: value });
        assert.ok(
            [got, described].every((g) => g.status === 400 || g.status < 300),
            `${what}: ${got.status} ${described.status}`,
        );
        assert.ok(!conf().includes(MARK));
    }
    assert.equal((await place.chat('json')).status, 200);
});
test('names of resources have one grammar', async () => {
    for (const bad of ['a;b', 'a b', '..', '.', '-a', 'a'.repeat(65), 'a%0ab', 'a%2fb', 'ä', 'a{', 'a$b', "a'b", ''])
        for (const at of [`/workspaces/${bad}`, `${place.at}/backends/${bad}`, `${place.at}/endpoints/${bad}`]) {
            const got = await gate.api(
                'PUT',
                at
                    .split('/')
                    .map((s) => (s.includes('%') ? s : encodeURIComponent(s)))
                    .join('/'),
                { url: upstream.url, dialect: 'openai', auth: 'none' },
            );
            assert.ok(got.status >= 400 && got.status < 500, `${at}: ${got.status}`);
        }
});
test('the API refuses what it does not know', async () => {
    for (const [at, properties] of [
        [place.at, { surprise: 1 }],
        [place.at, { allowApiKeys: 'yes' }],
        [place.at, '{"allowApiKeys":true,"allowApiKeys":false}'],
        [place.at, '[]'],
        [place.at, '{'],
        [`${place.at}/backends/x`, { url: 'ftp://x/', dialect: 'openai', auth: 'none' }],
        [`${place.at}/backends/x`, { url: upstream.url, dialect: 'smtp', auth: 'none' }],
        [`${place.at}/backends/x`, { url: upstream.url, dialect: 'openai', auth: 'bearer' }],
        [`${place.at}/backends/x`, { url: `${upstream.url.replace('//', '//user:pass@')}`, dialect: 'openai', auth: 'none' }],
        [`/roleAssignments/${randomUUID()}`, { roleDefinitionId: 'no-such-role', principalId: '/identities/demo-client', scope: '/' }],
        [`${place.endpoint}/deployments/x`, { model: 'x', backend: 'no-such-backend' }],
    ]) {
        const got = await gate.api('PUT', at, properties);
        assert.ok([400, 404, 409, 422].includes(got.status), `${at} ${JSON.stringify(properties)}: ${got.status}`);
        assert.match(got.headers['content-type'], /application\/problem\+json/);
    }
});
test('ETag and If-Match keep two writers apart', async () => {
    const first = await gate.must('GET', place.at);
    assert.ok(first.headers.etag);
    const headers = { 'if-match': first.headers.etag };
    assert.ok((await gate.api('PUT', place.at, { description: 'one' }, { headers })).status < 300);
    assert.equal((await gate.api('PUT', place.at, { description: 'two' }, { headers })).status, 412);
    assert.equal((await gate.api('DELETE', place.at, undefined, { headers })).status, 412);
});
test('a resource in use is not deleted under it', async () => {
    const got = await gate.api('DELETE', `${place.at}/backends/mock`);
    assert.equal(got.status, 409, got.text);
    assert.equal((await place.chat('json')).status, 200);
});

// ---- confused deputy ------------------------------------------------------------------------------------------------------------------

const SECRET = canary(`sk-deputy-${freshName('canary')}`);
test('who may write backends but not secrets cannot point a secret elsewhere', async () => {
    const thief = await startUpstream();
    after(() => thief.close());
    const own = await makePlace(gate, { upstream, models: ['json'], auth: 'bearer', secret: SECRET });
    const { token } = await makeCaller(gate, { role: ROLE.dataScientist, scope: own.at });
    await settles('the role is there', async () => (await gate.api('GET', `${own.at}/backends/mock`, undefined, { token })).status === 200);
    const attempts = [
        ['PUT', `${own.at}/backends/mock`, { url: thief.url, dialect: 'openai', auth: 'bearer', secret: 'backend-key' }],
        ['PUT', `${own.at}/backends/new`, { url: thief.url, dialect: 'openai', auth: 'bearer', secret: 'backend-key' }],
        ['PUT', `${own.at}/backends/own`, { url: gate.url, dialect: 'openai', auth: 'bearer', secret: 'backend-key' }],
        ['PUT', `${own.at}/secrets/backend-key`, { hosts: [new URL(thief.url).host] }],
        ['PUT', `${own.at}/secrets/backend-key`, { value: 'x', hosts: [new URL(thief.url).host] }],
    ];
    for (const [method, at, properties] of attempts) {
        const got = await gate.api(method, at, properties, { token });
        assert.equal(got.status, 403, `${at} ${JSON.stringify(properties)}: ${got.status} ${got.text}`);
    }
    await sleep(300);
    assert.equal((await own.chat('json')).status, 200);
    assert.equal(thief.requests.length, 0);
});
test("a backend at one's own listener is refused, also for who may do all", async () => {
    for (const url of [gate.url, gate.url.replace('127.0.0.1', 'localhost'), `https://[::ffff:127.0.0.1]:${gate.origin.port}`]) {
        const got = await gate.api('PUT', `${place.at}/backends/self`, { url, dialect: 'openai', auth: 'none' });
        assert.ok([400, 403].includes(got.status), `${url}: ${got.status}`);
    }
});
for (const [what, url] of Object.entries({
    'the metadata service': 'https://169.254.169.254:80',
    'the metadata service, IPv6': 'https://[fd00:ec2::254]:80',
    'link-local': 'https://[fe80::1]:443',
    unspecified: 'https://0.0.0.0:443',
    multicast: 'https://224.0.0.1:443',
    'mapped metadata': 'https://[::ffff:169.254.169.254]:80',
    'NAT64 metadata': 'https://[64:ff9b::a9fe:a9fe]:80',
}))
    test(`a backend at ${what} is never dialled`, async () => {
        const got = await gate.api('PUT', `${place.at}/backends/inside`, { url, dialect: 'openai', auth: 'none' });
        assert.ok([400, 403].includes(got.status), `${got.status} ${got.text}`);
    });
test('an open loopback opens plain http to nowhere else', async () => {
    for (const url of ['http://192.0.2.1', 'http://model.example:8080', 'http://localhost.example']) {
        const got = await gate.api('PUT', `${place.at}/backends/plain`, { url, dialect: 'openai', auth: 'none' });
        assert.equal(got.status, 400, `${url}: ${got.text}`);
        assert.match(got.text, /https/);
        const issuer = await gate.api('PUT', '/issuers/plain', { issuer: 'https://plain.example', jwksUri: `${url}/keys` });
        assert.equal(issuer.status, 400, `${url}: ${issuer.text}`);
    }
});
test('nobody gives away more than a role of theirs allows', async () => {
    const { token, name } = await makeCaller(gate, { role: ROLE.contributor, scope: place.at });
    await settles('the role is there', async () => (await gate.api('GET', place.at, undefined, { token })).status === 200);
    const got = await gate.api(
        'PUT',
        `/roleAssignments/${randomUUID()}`,
        { roleDefinitionId: ROLE.owner, principalId: `/identities/${name}`, scope: '/' },
        { token },
    );
    assert.equal(got.status, 403);
});

// ---- loopback ---------------------------------------------------------------------------------------------------------------------------

test('without --allow-loopback neither backend nor issuer may be there, the echo model excepted', async () => {
    const strict = await ownInstallation({ args: ['--demo'] });
    await strict.put('/workspaces/w', {});
    for (const url of [
        upstream.url,
        `https://127.0.0.1:${upstream.port}`,
        `https://localhost:${upstream.port}`,
        `https://[::1]:${upstream.port}`,
        `https://127.1.2.3:${upstream.port}`,
    ]) {
        const got = await strict.api('PUT', '/workspaces/w/backends/loop', { url, dialect: 'openai', auth: 'none' });
        assert.ok([400, 403].includes(got.status), `${url}: ${got.status}`);
    }
    const issuer = await strict.api('PUT', '/issuers/loop', {
        issuer: `https://localhost:${upstream.port}/t`,
        audiences: [],
        subjectClaim: 'sub',
    });
    assert.ok([400, 403].includes(issuer.status), `issuer: ${issuer.status}`);
    const demo = await strict.request({
        method: 'POST',
        path: `${new URL(strict.ready.openai_base_url).pathname}/chat/completions`,
        headers: { authorization: `Bearer ${strict.clientToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: strict.ready.deployment, messages: [{ role: 'user', content: 'x' }] }),
    });
    assert.equal(demo.status, 200, 'the demo needs no flag');
    const status = (await strict.must('GET', '/status')).text;
    assert.match(status, /loopback/i);
});
