// SPDX-License-Identifier: Apache-2.0
// What is withdrawn stops within a second, everywhere: the next request, the next bytes of a stream, and a stream that is silent. Revoked
// tokens, sessions, containment, and elevation from the command line.
import assert from 'node:assert/strict';
import https from 'node:https';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { ROLE, assign, canary, eventually, freshName, makeCaller, makePlace, settles, sharedInstallation, sleep } from './harness.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, {
    upstream,
    models: ['json', 'slow', 'stream-silent', 'stream-endless'],
    workspace: { allowApiKeys: true },
    endpoint: { allowApiKeys: true },
});
const WITHIN = { withinMs: 3000, everyMs: 10 };
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

/** A stream that runs: { begun, ended: text and how long after `mark()` it ended }. */
function stream(model, token, at = place) {
    const it = { text: '', bytes: 0 };
    it.ended = new Promise((done, fail) => {
        const req = https.request(
            {
                host: gate.origin.host,
                port: gate.origin.port,
                ca: gate.ca,
                servername: gate.origin.servername,
                method: 'POST',
                path: at.openaiPath,
                agent: false,
                headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            },
            (res) => {
                it.status = res.statusCode;
                res.on('data', (d) => ((it.bytes += d.length), (it.text = (it.text + d).slice(-4000))));
                res.on('end', () => done(Date.now()));
                res.on('error', fail);
            },
        );
        req.on('error', fail);
        req.end(JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'x' }] }));
    });
    it.begun = eventually('the stream begins', () => it.bytes > 0, WITHIN);
    return it;
}
/** Streams that run, one that speaks and one that is silent, are cut within a second of `withdraw`, with a proper last event and a record. */
async function cuts(token, withdraw) {
    const running = [stream('stream-silent', token), stream('stream-endless', token)];
    for (const one of running) await one.begun;
    await withdraw();
    const from = Date.now();
    for (const one of running) {
        const took = (await one.ended) - from;
        assert.ok(took < 1000, `${took} ms`);
        assert.match(one.text, /permission|not allowed/i);
    }
}

/** From the next full minute on workloads of this name are blocked by the clock alone: nothing is written then. */
const night = await (async () => {
    const place = await makePlace(gate, { upstream, models: ['stream-silent', 'json'] }); // nobody contains this one
    const dora = await makeCaller(gate, { scope: place.at });
    if (60 - (new Date().getUTCSeconds() % 60) < 5) await sleep(6000);
    const from = Math.floor(Date.now() / 60000 + 1) * 60000, at = (ms) => new Date(ms).toISOString().slice(11, 16);
    const id = `/conditionalAccess/${freshName('night')}`;
    await gate.put(id, {
        displayName: 'Not at night',
        state: 'enabled',
        conditions: {
            clientApplications: { includeServicePrincipals: [`/identities/${dora.name}`] },
            applications: { includeApplications: [place.endpoint] },
            times: { includeTimes: [{ start: at(from), end: at(from + 600_000), utcOffset: '+00:00' }] },
        },
        grantControls: { operator: 'OR', builtInControls: ['block'] },
    });
    after(() => gate.delete(id));
    const silent = stream('stream-silent', dora.token, place);
    await silent.begun;
    return { dora, from, place, silent };
})();

test('a disabled identity, an ended assignment, a revoked token, voided sessions: running streams and the next request', async () => {
    const ann = await makeCaller(gate, { scope: place.at });
    await cuts(ann.token, () => gate.put(`/identities/${ann.name}`, { kind: 'servicePrincipal', enabled: false }));
    assert.equal((await place.chat('json', { token: ann.token })).status, 401);

    const bob = await makeCaller(gate, { scope: place.at });
    await cuts(bob.token, () => gate.delete(bob.assignment));
    assert.equal((await place.chat('json', { token: bob.token })).status, 403);

    const cleo = await makeCaller(gate, { scope: place.at });
    const { iss, jti } = claimsOf(cleo.token);
    await cuts(cleo.token, async () => {
        const got = await gate.local(['revoke', 'token', '--from-file', '-', '--reason', 'found in a log'], { input: `${cleo.token}\n` });
        assert.equal(got.code, 0, got.stderr);
        assert.ok(!got.stdout.includes(cleo.token) && !got.stderr.includes(cleo.token));
    });
    assert.equal((await place.chat('json', { token: cleo.token })).status, 401);
    assert.equal((await place.chat('json', { token: await gate.token(cleo.name) })).status, 200); // another of the same
    const kept = (await gate.must('GET', '/revocations')).json.value.find((r) => r.properties.tokenId === jti);
    assert.equal(kept.properties.issuer, iss);
    assert.ok(!JSON.stringify(kept).includes(cleo.token));

    const dan = await makeCaller(gate, { scope: place.at });
    await cuts(dan.token, async () => assert.equal((await gate.local(['revoke', 'sessions', dan.name])).code, 0));
    assert.equal((await place.chat('json', { token: dan.token })).status, 401);
    await settles('a new token is good', async () => (await place.chat('json', { token: await gate.token(dan.name) })).status === 200);
});

test('an answer that was still being made when access was withdrawn is not delivered', async () => {
    const eve = await makeCaller(gate, { scope: place.at });
    const answer = place.chat('slow', { token: eve.token });
    await new Promise((ok) => setTimeout(ok, 500));
    await gate.delete(eve.assignment);
    const got = await answer;
    assert.equal(got.status, 403, got.text);
    await gate.record('cut', (r) => r.kind === 'close' && r.request_id === got.headers['x-request-id'] && /withdrawn/.test(JSON.stringify(r)));
});

test('nor one that was still being made when the role ended by itself, without any change of the policy', async () => {
    const gil = await makeCaller(gate, { scope: place.at });
    const held = (await gate.must('GET', gil.assignment)).json.properties;
    await gate.put(gil.assignment, { ...held, endDateTime: new Date(Date.now() + 1100).toISOString() });
    await sleep(500); // the edge has it: nothing is published from here on
    const got = await place.chat('slow', { token: gil.token });
    assert.equal(got.status, 403, got.text);
    await gate.record('cut', (r) => r.kind === 'close' && r.request_id === got.headers['x-request-id'] && /withdrawn/.test(JSON.stringify(r)));
});

test('revocations: only of issuers that are known, once, and forgotten when the token would have ended by itself', async () => {
    const { iss } = claimsOf(gate.clientToken);
    const soon = (ms) => new Date(Date.now() + ms).toISOString();
    assert.equal((await gate.api('PUT', '/revocations/x', { issuer: 'https://nobody.example', tokenId: 'x', until: soon(1000) })).status, 409);
    assert.equal((await gate.api('PUT', '/revocations/x', { issuer: iss, tokenId: 'x', until: 'tomorrow' })).status, 400);
    await gate.put('/revocations/old', { issuer: iss, tokenId: 'old', until: soon(-3_600_000) });
    assert.equal((await gate.api('PUT', '/revocations/twice', { issuer: iss, tokenId: 'old', until: soon(1000) })).status, 409);
    await gate.put('/revocations/next', { issuer: iss, tokenId: 'next', until: soon(3_600_000) });
    assert.equal((await gate.api('GET', '/revocations/old')).status, 404);
    assert.equal((await gate.local(['revoke', 'token', '--from-file', '-'], { input: 'nonsense' })).code, 2);
});

test('containment of an identity: disabled, sessions void, keys gone, activations ended, in one transaction; a dry run does nothing', async () => {
    const fay = await makeCaller(gate, { scope: place.at });
    const key = (await gate.must('POST', `${place.at}/apiKeys`, { owner: fay.name, scope: place.endpoint, expires: new Date(Date.now() + 864e5).toISOString() })).json;
    canary(key.key);
    await settles('the key works', async () => (await place.chat('json', { key: key.key })).status === 200);
    await place.chat('json', { token: fay.token });
    const contain = (...more) => gate.local(['contain', `/identities/${fay.name}`, '--reason', 'leaked', ...more]);
    const dry = await contain('--dry-run', '-o', 'json');
    assert.equal(dry.code, 0, dry.stderr);
    assert.deepEqual(JSON.parse(dry.stdout).withdrawn.map((w) => w.path).sort(), [`/identities/${fay.name}`, key.id].sort());
    assert.equal((await place.chat('json', { token: fay.token })).status, 200);
    await cuts(fay.token, async () => {
        const got = await contain();
        assert.equal(got.code, 0, got.stderr);
        assert.match(got.stdout, /chat\/completions/);
        assert.match(got.stdout, /disabled, and its tokens void/);
        assert.match(got.stderr, /enabled: true/);
    });
    assert.equal((await place.chat('json', { token: fay.token })).status, 401);
    assert.equal((await place.chat('json', { key: key.key })).status, 401);
    assert.equal((await gate.api('GET', key.id)).status, 404);
    const [kept] = (await gate.must('GET', '/containments')).json.value.filter((c) => c.properties.target === `/identities/${fay.name}`);
    assert.equal(kept.properties.reason, 'leaked');
    await gate.record('of the identity', (r) => r.operation === 'contain' && r.resource === `/identities/${fay.name}`);
});

test('containment of an endpoint, of a backend, of a key; and what cannot be contained', async () => {
    const gil = await makeCaller(gate, { scope: place.at });
    const backend = `${place.at}/backends/mock`;
    const restore = async (at) => {
        const { properties } = (await gate.must('GET', at)).json;
        await gate.put(at, { ...properties, enabled: true });
        await settles('it answers again', async () => (await place.chat('json', { token: gil.token })).status === 200, { withinMs: 6000 });
    };
    await cuts(gil.token, () => gate.must('POST', '/containments', { target: backend }));
    await settles('no endpoint uses it', async () => (await place.chat('json', { token: gil.token })).status === 503);
    await restore(backend);
    await cuts(gil.token, () => gate.must('POST', '/containments', { target: place.endpoint }));
    assert.equal((await place.chat('json', { token: gil.token })).status, 404);
    await restore(place.endpoint);
    const key = (await gate.must('POST', `${place.at}/apiKeys`, { owner: gil.name, scope: place.endpoint, expires: new Date(Date.now() + 864e5).toISOString() })).json;
    canary(key.key);
    assert.equal((await gate.local(['contain', key.id])).code, 0);
    assert.equal((await gate.api('GET', key.id)).status, 404);
    assert.equal((await gate.api('POST', '/containments', { target: place.at })).status, 400);
    assert.equal((await gate.api('POST', '/containments', { target: '/identities/nobody-at-all' })).status, 404);
    const reader = await makeCaller(gate, { role: ROLE.reader, scope: '/' });
    assert.equal((await gate.api('POST', '/containments', { target: place.endpoint }, { token: reader.token })).status, 403);
    const admin = claimsOf(gate.adminToken).sub;
    assert.equal((await gate.api('POST', '/containments', { target: `/identities/${admin}` })).status, 409, 'nobody locks himself out');
});

test('elevation from the command line: request, list, approve, deny, end', async () => {
    const [jo, kim] = [await makeCaller(gate), await makeCaller(gate)];
    await gate.put(`/rolePolicies/${freshName('policy')}`, {
        roleDefinitionId: ROLE.openaiUser, scope: place.at, evidence: ['Justification'], maximumDuration: 'PT1H',
        approvalRequired: true, approvers: [`/identities/${kim.name}`], eligibilityExpires: false,
    });
    await gate.put(`/roleEligibilities/${randomUUID()}`, { roleDefinitionId: 'Cognitive Services OpenAI User', principalId: `/identities/${jo.name}`, scope: place.at });
    await settles('the edge knows her', async () => (await place.chat('json', { token: jo.token })).status === 403);
    const as = (who, ...args) => gate.remote(['access', ...args], { token: who.token });
    const ask = (...more) => as(jo, 'request', '--role', 'Cognitive Services OpenAI User', '--scope', place.at, ...more);
    const bare = await ask();
    assert.equal(bare.code, 1);
    assert.match(bare.stderr, /JustificationRule/);
    assert.equal((await as(jo, 'request', '--role', 'x')).code, 2);
    const asked = await ask('--reason', 'incident', '--for', 'PT30M', '--ticket', 'desk:42');
    assert.equal(asked.code, 0, asked.stderr);
    const [id] = asked.stdout.split(' ');
    assert.match(asked.stdout, /waits for approval/);
    assert.equal((await as(jo, 'approve', id, '--reason', 'me')).code, 1, 'not her own');
    const seen = JSON.parse((await as(kim, 'list', '-o', 'json')).stdout);
    assert.deepEqual(seen.toAnswer.map((r) => r.name), [id]);
    const approved = await as(kim, 'approve', id, '--reason', 'needed');
    assert.equal(approved.code, 0, approved.stderr);
    await settles('it is active', async () => (await place.chat('json', { token: jo.token })).status === 200);
    assert.match((await as(jo, 'list')).stdout, /active .*Provisioned/s);
    const early = await as(jo, 'end', id);
    assert.equal(early.code, 1);
    assert.match(early.stderr, /five minutes/);
    // Withdrawn by containment: the activation is gone at once.
    await cuts(jo.token, () => gate.must('POST', '/containments', { target: `/identities/${jo.name}` }));
    await gate.put(`/identities/${jo.name}`, { kind: 'servicePrincipal' });
    assert.equal((await place.chat('json', { token: jo.token })).status, 401, 'what was void stays void');
    await settles('known, and without the role', async () => { // a token of the very second is void too: iat has whole seconds
        jo.token = await gate.token(jo.name);
        return (await place.chat('json', { token: jo.token })).status === 403;
    });
    const again = await ask('--reason', 'once more');
    assert.equal((await as(kim, 'deny', again.stdout.split(' ')[0], '--reason', 'no')).code, 0);
    const third = await ask('--reason', 'and again');
    assert.equal((await as(jo, 'end', third.stdout.split(' ')[0])).code, 0);
    const all = JSON.parse((await gate.local(['access', 'list', '-o', 'json'])).stdout);
    assert.deepEqual(all.requests.filter((r) => r.properties.principalId === `/identities/${jo.name}`).map((r) => r.properties.status).sort(), ['Canceled', 'Denied', 'Provisioned']);
});

test('a window of times that closes while a stream runs cuts it, though nothing was written', async () => {
    const ended = await night.silent.ended;
    assert.ok(ended >= night.from && ended < night.from + 3000, `${ended - night.from} ms`);
    assert.match(night.silent.text, /permission|not allowed/i);
    assert.equal((await night.place.chat('json', { token: night.dora.token })).status, 403);
});
