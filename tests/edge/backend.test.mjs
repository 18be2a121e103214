// SPDX-License-Identifier: Apache-2.0
// Backends that fail, lie or attack: the caller gets a proper answer of ours, the record says what happened, and the next call works.
import assert from 'node:assert/strict';
import net from 'node:net';
import nodeTls from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { BEHAVIOURS, startUpstream } from '../e2e/mock.mjs';
import { makeAuthority } from '../e2e/certs.mjs';
import { backendRow, eventually, freePort, startGate } from './gate.mjs';

const authority = makeAuthority(), stranger = makeAuthority('Somebody else');
const upstream = await startUpstream();
const secure = await startUpstream({ tls: authority.issue(['localhost']) });
const port = await freePort();
const at = (name, server, id, over) => backendRow('demo', name, server, { upstream: `gh_${id.repeat(16)}`, ...over });
const tls = { tls_name: 'localhost' };
const gate = await startGate({
    models: BEHAVIOURS, backend: backendRow('demo', 'mock', upstream, { timeout_ms: 1000 }),
    deployments: Object.fromEntries(['down', 'trusted', 'untrusted', 'misnamed', 'public'].map((n) => [n, { model: 'json', backend: n }])),
    more: [at('down', { url: `http://127.0.0.1:${port}` }, '1'), at('trusted', secure, '2', { ...tls, ca_pem: authority.cert }), at('untrusted', secure, '3', { ...tls, ca_pem: stranger.cert }),
        at('misnamed', secure, '4', { tls_name: 'other.example', ca_pem: authority.cert }), at('public', secure, '5', tls)],
});
after(async () => (await gate.stop(), upstream.close(), secure.close()));

const close = (got) => eventually('a close record', () => gate.recordsOf(got).find((r) => r.kind === 'close'));

const FAULTS = { hang: [504, 'upstream gone'], 'hang-up': [502, 'upstream gone'], 'hang-up-in-body': [502, 'upstream gone'], garbage: [502, 'cut'], gzip: [502, 'cut'], html: [502, 'cut'],
    'html-error': [502, 'cut'], 'not-json': [502, 'cut'], 'endless-json': [502, 'cut'], 'switching-protocols': [502, 'cut'], 'error-401': [502, 'cut'], down: [502, 'upstream gone'] };
for (const version of [1, 2])
    for (const [what, [status, end]] of Object.entries(FAULTS))
        test(`HTTP/${version}: a backend that does ${what} is ${status}`, async () => {
            const got = await gate.chat(what, { version });
            assert.equal(got.status, status, got.text);
            assert.ok(got.json.error.message);
            assert.doesNotMatch(got.text, /nginx|backend-internal|sk-back|<html/);
            const record = await close(got);
            assert.deepEqual([record.status, record.end], [status, end]);
            assert.ok(record.reason);
            assert.equal((await gate.chat('json', { version })).status, 200);
        });

const FRAMES = { 'at once': ['zz\r\n'], 'in the middle': ['5\r\n{"cho\r\n', 'zz\r\n'], 'and a length beside it': ['{"choices":[]}'] };
for (const stream of [false, true])
    test(`an answer whose framing is broken, ${stream ? 'a stream' : 'whole'}: an error is told and recorded`, async () => {
        let pieces;
        const broken = net.createServer((s) => s.once('data', async () => {
            const length = pieces === FRAMES['and a length beside it'] ? 'content-length: 14\r\n' : '';
            s.write(`HTTP/1.1 200 OK\r\ncontent-type: ${stream ? 'text/event-stream' : 'application/json'}\r\n${length}transfer-encoding: chunked\r\n\r\n`);
            for (const piece of pieces) (await sleep(20), s.write(piece));
        }).on('error', () => {}));
        await new Promise((ok) => broken.listen(0, '127.0.0.1', ok));
        const one = await startGate({ models: ['x'], backend: at('mock', { url: `http://127.0.0.1:${broken.address().port}` }, '9', { timeout_ms: 1000 }) });
        for (pieces of Object.values(FRAMES)) {
            const got = await one.chat('x', { stream });
            assert.equal(got.status, stream ? 200 : 502);
            assert.match(got.text, /"code":"bad_gateway"/);
            const record = one.recordsOf(got).find((r) => r.kind === 'close');
            assert.deepEqual([record.status, record.end], [got.status, 'upstream gone']);
        }
        await one.stop();
        await new Promise((ok) => broken.close(ok));
    });
for (const [what, status] of [['error-400', 400], ['error-429', 429], ['error-500', 500]])
    test(`${what} comes through`, async () => {
        for (const stream of [false, true]) {
            const got = await gate.chat(what, { stream });
            assert.equal(got.status, status, got.text);
            assert.ok(got.json.error.message);
            assert.equal((await close(got)).backend_status, status);
        }
    });
test('headers of the backend are allow-listed, X-Accel is nothing to us', async () => {
    const odd = await gate.chat('odd-headers');
    assert.equal(odd.status, 200);
    assert.deepEqual(Object.keys(odd.headers).sort(), ['apim-request-id', 'cache-control', 'connection', 'content-length', 'content-type', 'date', 'x-content-type-options', 'x-ms-request-id', 'x-ratelimit-remaining-tokens', 'x-request-id']);
    const got = await gate.chat('accel-redirect');
    assert.equal(got.status, 200);
    assert.match(got.json.choices[0].message.content, /gate/);
});
test('TLS to a backend is verified', async () => {
    assert.equal((await gate.chat('trusted')).status, 200, gate.log().slice(-500));
    const before = secure.requests.length;
    for (const name of ['untrusted', 'misnamed', 'public'])
        assert.equal((await gate.chat(name)).status, 502, name);
    assert.equal(secure.requests.length, before, 'nothing was sent');
});
test('a backend that was down is used when it is back', async () => {
    const late = net.createServer((s) => s.once('data', () => s.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}')));
    await new Promise((ok) => late.listen(port, '127.0.0.1', ok));
    const got = await gate.chat('down');
    await new Promise((ok) => late.close(ok));
    assert.notEqual(got.status, 504);
});
test('connections are kept', async () => {
    const before = upstream.sockets.size;
    for (let i = 0; i < 20; i++)
        await gate.chat('json');
    assert.ok(upstream.sockets.size <= before + 2, `${upstream.sockets.size} after ${before}`);
    for (let i = 0; i < 10; i++)
        assert.equal((await gate.chat('trusted')).status, 200);
    assert.ok(secure.sockets.size <= 2, `TLS: ${secure.sockets.size}`);
});
test('a backend that closes idle connections in good order is no alert', async () => {
    const alerts = () => gate.records().filter((r) => r.kind === 'system' && /idle connection/.test(r.detail)).length;
    const before = alerts();
    for (let i = 0; i < 10; i++) {
        assert.equal((await gate.chat(i % 2 ? 'json' : 'trusted')).status, 200);
        [...upstream.sockets, ...secure.sockets].forEach((s) => s.end());
    }
    assert.equal(alerts(), before);
});

// ---- bytes behind an answer (edge.md, trap 31) ----

const answer = (text) => {
    const body = JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text } }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
    return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
};
/** A backend on raw sockets: answers each request with `reply`, and keeps its sockets for the test to write on. */
async function rawBackend(reply) {
    const sockets = [];
    const server = net.createServer((s) => {
        sockets.push(s);
        s.setNoDelay(true);
        s.on('error', () => {});
        s.on('data', (d) => d.toString().includes('\r\n\r\n') && s.write(reply()));
    });
    await new Promise((ok) => server.listen(port, '127.0.0.1', ok));
    return { sockets, close: () => new Promise((ok) => (sockets.forEach((s) => s.destroy()), server.close(ok))) };
}
test('a second answer right behind the first is dropped with its connection', async () => {
    const backend = await rawBackend(() => answer('asked') + answer('SMUGGLED'));
    for (let i = 0; i < 30; i++) {
        const all = await Promise.all([gate.chat('down'), gate.chat('down')]);
        assert.deepEqual(all.map((a) => [a.status, a.text.includes('SMUGGLED')]), [[200, false], [200, false]]);
    }
    await backend.close();
});
test('bytes on an idle connection do not answer the next caller, however they race', async () => {
    const backend = await rawBackend(() => answer('asked'));
    const client = nodeTls.connect({ ...gate.origin, servername: 'localhost' });
    let got = '';
    client.on('data', (d) => (got += d));
    const body = JSON.stringify({ model: 'down', messages: [{ role: 'user', content: 'x' }] });
    const ask = () => client.write(`POST /workspaces/demo/endpoints/chat/openai/v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gate.token}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    const answers = () => [...got.matchAll(/"content":"(\w+)"/g)].map((m) => m[1]);
    ask();
    await eventually('the first answer', () => answers().length === 1);
    // The worker sleeps while both arrive, the request first: on waking it reads the request, takes the connection, and only then would
    // look at what came on it.
    const worker = gate.worker();
    process.kill(worker, 'SIGSTOP');
    ask();
    await sleep(30);
    assert.equal(backend.sockets.length, 1);
    backend.sockets[0].write(answer('SMUGGLED'));
    await sleep(30);
    process.kill(worker, 'SIGCONT');
    await eventually('the second answer', () => answers().length === 2);
    assert.deepEqual(answers(), ['asked', 'asked']);
    assert.equal(backend.sockets.length, 2, 'over a connection of its own');
    assert.ok(gate.records().some((r) => r.kind === 'system' && /idle connection/.test(r.detail)));
    client.destroy();
    await backend.close();
});
test('callers that leave while the backend works: recorded, and the backend is told', async () => {
    const before = upstream.requests.length;
    await gate.chat('slow', { timeoutMs: 100 }).catch(() => {});
    const record = await eventually('client gone', () => gate.records().find((r) => r.kind === 'close' && r.end === 'client gone'));
    assert.equal(record.model, 'slow');
    assert.ok(upstream.requests.length > before);
    await eventually('the backend is told', () => upstream.requests.at(-1).aborted);
});
