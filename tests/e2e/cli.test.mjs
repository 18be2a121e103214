// SPDX-License-Identifier: Apache-2.0
// The command line, over both of its ways in: what it prints, what it changes, how it exits, and that a second run changes nothing.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { canary, freshName, makePlace, settles, sharedInstallation } from './harness.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const scratch = fs.mkdtempSync(path.join(gate.dir, 'cli-'));
const good = async (promise) => {
    const got = await promise;
    assert.equal(got.code, 0, `${got.stdout}${got.stderr}`);
    return got.stdout;
};
const bad = async (promise, code) => {
    const got = await promise;
    assert.ok(code === undefined ? got.code > 0 : got.code === code, `exit ${got.code}: ${got.stdout}${got.stderr}`);
    assert.ok(got.stderr.trim(), 'says why on stderr');
    return got;
};

const ws = freshName('cli');
const DOCUMENTS = `id: /workspaces/${ws}
properties:
  description: made by apply
  allowApiKeys: true
---
id: /workspaces/${ws}/backends/mock
properties:
  url: ${upstream.url}
  dialect: openai
  auth: none
---
id: /workspaces/${ws}/endpoints/ep
properties:
  publicNetworkAccess: Enabled
---
id: /workspaces/${ws}/endpoints/ep/deployments/json
properties:
  model: json
  backend: mock
---
id: /identities/${ws}-user
properties:
  kind: servicePrincipal
---
id: /roleAssignments/6d0e2a64-9d4c-4d2f-9d0e-${Date.now().toString(16).padStart(12, '0')}
properties:
  roleDefinitionId: Cognitive Services OpenAI User
  principalId: /identities/${ws}-user
  scope: /workspaces/${ws}
`;
const file = path.join(scratch, 'gatehouse.yaml');
fs.writeFileSync(file, DOCUMENTS);
const endpoint = `/workspaces/${ws}/endpoints/ep`;
const chat = (credential) =>
    gate.request({
        method: 'POST',
        path: `${endpoint}/openai/v1/chat/completions`,
        headers: { 'content-type': 'application/json', ...credential },
        body: '{"model":"json","messages":[{"role":"user","content":"x"}]}',
    });

test('apply --dry-run shows what would change and who would gain access, and changes nothing', async () => {
    const shown = await good(gate.local(['apply', '-f', file, '--dry-run']));
    for (const part of [`/workspaces/${ws}`, `${endpoint}/deployments/json`, `${ws}-user`, 'Cognitive Services OpenAI User'])
        assert.ok(shown.includes(part), `${part} in:\n${shown}`);
    assert.equal((await gate.api('GET', `/workspaces/${ws}`)).status, 404);
});
test('apply makes it, and it works', async () => {
    await good(gate.local(['apply', '-f', file]));
    const token = (await good(gate.local(['token', '--as', `${ws}-user`]))).trim();
    canary(token);
    await settles('200', async () => (await chat({ authorization: `Bearer ${token}` })).status === 200, { withinMs: 8000 });
});
test('apply again changes nothing, over either way in', async () => {
    const before = (await gate.must('GET', `/workspaces/${ws}`)).headers.etag;
    for (const how of ['local', 'remote']) {
        const shown = await good(gate[how](['apply', '-f', file]));
        assert.match(shown, /^0 new, 0 changed, \d+ unchanged$/m, shown);
    }
    assert.equal((await gate.must('GET', `/workspaces/${ws}`)).headers.etag, before);
});
test('apply of a folder, of a change, and its difference', async () => {
    const folder = path.join(scratch, 'folder');
    fs.mkdirSync(folder);
    fs.writeFileSync(
        path.join(folder, '10-ws.yaml'),
        `id: /workspaces/${ws}\nproperties:\n  description: changed by apply\n  allowApiKeys: true\n`,
    );
    fs.writeFileSync(path.join(folder, 'README.md'), 'not a document');
    const shown = await good(gate.remote(['apply', '-f', folder, '--dry-run']));
    assert.match(shown, /changed by apply/);
    await good(gate.remote(['apply', '-f', folder]));
    assert.equal((await gate.must('GET', `/workspaces/${ws}`)).json.properties.description, 'changed by apply');
});
test('apply says in its plan what cannot be changed, and then writes nothing', async () => {
    const at = path.join(scratch, 'immutable.yaml');
    fs.writeFileSync(
        at,
        DOCUMENTS.replace('Cognitive Services OpenAI User', 'Reader').replace('description: made by apply', 'description: with the rest'),
    );
    for (const more of [['--dry-run'], []]) {
        const got = await bad(gate.local(['apply', '-f', at, ...more]), 1);
        assert.match(got.stdout, /^refused {3}\/roleAssignments\/.*\n(.*\n)*? {4}roleDefinitionId cannot be changed/m);
    }
    assert.notEqual((await gate.must('GET', `/workspaces/${ws}`)).json.properties.description, 'with the rest');
});
for (const [what, text] of Object.entries({
    'an anchor': `id: &a /workspaces/${ws}\nproperties: {}\n`,
    'a tag': `id: !!str /workspaces/${ws}\nproperties: {}\n`,
    'a key twice': `id: /workspaces/${ws}\nproperties: {}\nproperties: {}\n`,
    'no id': 'properties: {}\n',
    'an unknown type': 'id: /nothings/x\nproperties: {}\n',
    'an unknown property': `id: /workspaces/${ws}\nproperties:\n  surprise: 1\n`,
    'a member beside': `id: /workspaces/${ws}\nproperties: {}\nmore: 1\n`,
    'no YAML': '{{{{\n',
    'the wrong type': `id: /workspaces/${ws}\nproperties:\n  allowApiKeys: maybe\n`,
}))
    test(`apply refuses ${what}, says where, and changes nothing`, async () => {
        const at = path.join(scratch, 'bad.yaml');
        fs.writeFileSync(at, `id: /workspaces/${ws}-never\nproperties: {}\n---\n${text}`);
        const got = await bad(gate.local(['apply', '-f', at]));
        assert.match(got.stderr, /bad\.yaml/);
        if (what.startsWith('an unknown'))
            assert.match(got.stderr, /gatehouse explain/);
        assert.equal((await gate.api('GET', `/workspaces/${ws}-never`)).status, 404, 'all or nothing');
    });

test('get, list, delete', async () => {
    for (const how of ['local', 'remote']) {
        const one = await good(gate[how](['get', `/workspaces/${ws}/backends/mock`]));
        assert.ok(one.includes(upstream.url));
        const all = await good(gate[how](['list', `/workspaces/${ws}/backends`]));
        assert.match(all, /mock/);
        await bad(gate[how](['get', `/workspaces/${ws}/backends/none`]));
        await bad(gate[how](['list', '/nothings']));
    }
    const extra = `/workspaces/${ws}/endpoints/extra`;
    await gate.put(extra, {});
    await good(gate.remote(['delete', extra]));
    assert.equal((await gate.api('GET', extra)).status, 404);
    await bad(gate.remote(['delete', extra]));
});
test('what the server refuses is named by what it is about', async () => {
    const at = path.join(scratch, 'range.yaml');
    fs.writeFileSync(at, `id: ${endpoint}\nproperties:\n  ipRules: [192.0.2.0/24, 10.0.0.1/8]\n`);
    const got = await bad(gate.local(['apply', '-f', at]), 1);
    assert.match(got.stderr, /400: neither an address nor a CIDR prefix.*: 10\.0\.0\.1\/8/);
});
test('what no file makes is shown whole', async () => {
    assert.match(await good(gate.local(['get', '/status'])), /^ {2}audit:\n(?: {4}.*\n)* {4}signing: up$/m);
});
test('what get and list print is what apply takes, and it changes nothing', async () => {
    const parts = [
        await good(gate.local(['get', `/workspaces/${ws}`])),
        await good(gate.local(['list', `/workspaces/${ws}/backends`, '-o', 'yaml'])),
        await good(gate.local(['list', '/roleAssignments', '-o', 'yaml'])),
        await good(gate.local(['list', '/identities', '-o', 'yaml'])),
    ];
    const at = path.join(scratch, 'back.yaml');
    fs.writeFileSync(at, parts.join('---\n'));
    const shown = await good(gate.remote(['apply', '-f', at]));
    assert.match(shown, /^0 new, 0 changed, \d+ unchanged$/m, shown);
});
test('keys: shown once, listed without it, revoked', async () => {
    const shown = await good(gate.local(['key', 'create', ws, '--scope', endpoint, '--owner', `${ws}-user`]));
    const [key, id] = shown.match(/gh_([0-9a-f]{12})_[\w-]{43}_[0-9a-f]{8}/);
    canary(key);
    await settles('200', async () => (await chat({ 'api-key': key })).status === 200);
    const listed = await good(gate.local(['key', 'list', ws]));
    assert.ok(listed.includes(id) && !listed.includes(key));
    await good(gate.local(['key', 'revoke', ws, id]));
    await settles('401', async () => (await chat({ 'api-key': key })).status === 401);
});
test('a secret is taken from a file or from stdin, and never shown', async () => {
    const value = canary(`cli-secret-${freshName('canary')}`);
    const at = `/workspaces/${ws}/secrets/s`;
    await good(gate.local(['secret', 'set', at, '--from-file', '-', '--host', 'model.example:443'], { input: value }));
    for (const how of [
        ['get', at],
        ['list', `/workspaces/${ws}/secrets`],
    ])
        assert.ok(!(await good(gate.local(how))).includes(value));
});
test('tokens are never taken from the command line', async () => {
    for (const args of [['--token', gate.adminToken], [`--token=${gate.adminToken}`]]) {
        const got = await bad(gate.cli(['list', '/workspaces', '--server', gate.ready.management_url, '--ca', gate.ready.ca, ...args]));
        assert.ok(!(got.stdout + got.stderr).includes(gate.adminToken));
    }
    const tokenFile = path.join(scratch, 'token');
    fs.writeFileSync(tokenFile, gate.adminToken, { mode: 0o600 });
    assert.match(
        await good(
            gate.cli(['list', '/workspaces', '--server', gate.ready.management_url, '--ca', gate.ready.ca, '--token-file', tokenFile]),
        ),
        new RegExp(ws),
    );
    fs.rmSync(tokenFile);
});
test('a server that is not the one named is not spoken to', async () => {
    const other = path.join(scratch, 'other-ca.pem');
    const { makeAuthority } = await import('./certs.mjs');
    fs.writeFileSync(other, makeAuthority().cert);
    await bad(
        gate.cli(['list', '/workspaces', '--server', gate.ready.management_url, '--ca', other], {
            env: { GATEHOUSE_TOKEN: gate.adminToken },
        }),
    );
});
test('exit codes and help', async () => {
    assert.match(await good(gate.cli(['help'])), /apply[\s\S]*audit[\s\S]*token/);
    assert.match(await good(gate.cli(['--version'])), /\d+\.\d+/);
    assert.equal((await gate.cli([])).code, 2);
    await bad(gate.cli(['nonsense']), 2);
    await bad(gate.cli(['apply', '--nonsense']), 2);
    await bad(gate.cli(['list', '/workspaces', '--data', path.join(scratch, 'nothing-here')]));
    await bad(gate.remote(['list', '/workspaces'], { token: 'x.y.z' }));
    const { token } = await makePlace(gate, { upstream }).then((p) => p.caller);
    await bad(gate.remote(['list', '/identities'], { token }));
});
test('status and a second up on the same directory', async () => {
    assert.match(await good(gate.local(['status'])), /single-user|full/);
    const again = await bad(gate.cli(['up', '--data', gate.data, '--listen', '127.0.0.1:0', '--detach']));
    assert.match(again.stderr, /already|in use|running/i);
    assert.equal((await gate.api('GET', '/status')).status, 200, 'the first one goes on');
});
test("recover gives one administrator's token for ten minutes, and the chain tells", async () => {
    const shown = await good(gate.local(['recover']));
    const token = canary(shown.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/)[0]);
    const { exp, iat } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    assert.ok(exp - iat <= 600);
    const fresh = { ...gate.origin, ca: fs.readFileSync(gate.ready.ca, 'utf8') };
    Object.assign(gate.origin, fresh);
    await settles('it opens the management API', async () => (await gate.api('GET', '/workspaces', undefined, { token })).status === 200, {
        withinMs: 8000,
    });
    await gate.record('recover', (r) => /recover/.test(JSON.stringify(r)));
});
