// SPDX-License-Identifier: Apache-2.0
// Backends that fail, lie or attack: the caller gets a proper answer of ours, the record says what happened, and the next call works.
import assert from 'node:assert/strict';
import net from 'node:net';
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
});

// ---- bytes behind an answer (edge.md, trap 31) ----

/** Answers each request rightly and, after it, with an answer that nobody asked for, as soon as the next request could be on its way. */
function smuggler(delayMs) {
    const answer = (n, text) => {
        const body = JSON.stringify({ id: n, object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text } }], usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 } });
        return `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    };
    return net.createServer((s) => {
        s.setNoDelay(true);
        s.on('error', () => {});
        s.on('data', (d) => {
            if (!d.toString().includes('\r\n\r\n'))
                return;
            s.write(answer('mine', 'asked'));
            const extra = () => s.destroyed || s.write(answer('smuggled', 'SMUGGLED'));
            delayMs === 0 ? extra() : setTimeout(extra, delayMs);
        });
    });
}
for (const delayMs of [0, 1, 3])
    test(`bytes ${delayMs} ms behind an answer do not answer the next caller`, async () => {
        const server = smuggler(delayMs);
        await new Promise((ok) => server.listen(port, '127.0.0.1', ok));
        let smuggled = 0, served = 0;
        for (let round = 0; round < 40; round++) {
            const all = await Promise.all([gate.chat('down'), gate.chat('down')]);
            await sleep(round % 4);
            smuggled += all.filter((a) => a.text.includes('SMUGGLED')).length;
            served += all.filter((a) => a.status === 200).length;
        }
        await new Promise((ok) => (server.close(ok), server.closeAllConnections?.(), setTimeout(ok, 200)));
        assert.equal(smuggled, 0, `of ${served}`);
        assert.ok(served > 40, `served ${served} of 80`);
    });
test('callers that leave while the backend works: recorded, and the backend is told', async () => {
    const before = upstream.requests.length;
    await gate.chat('slow', { timeoutMs: 100 }).catch(() => {});
    const record = await eventually('client gone', () => gate.records().find((r) => r.kind === 'close' && r.end === 'client gone'));
    assert.equal(record.model, 'slow');
    assert.ok(upstream.requests.length > before);
    await eventually('the backend is told', () => upstream.requests.at(-1).aborted);
});
