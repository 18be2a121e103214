// SPDX-License-Identifier: Apache-2.0
// Bodies that nobody should send: each is refused before anything reaches the backend, and the edge serves on.
import assert from 'node:assert/strict';
import tls from 'node:tls';
import { after, test } from 'node:test';
import { startUpstream } from '../e2e/mock.mjs';
import { backendRow, startGate } from './gate.mjs';

const upstream = await startUpstream();
const gate = await startGate({ models: ['json', 'echo', 'stream'], backend: backendRow('demo', 'mock', upstream) });
after(async () => (await gate.stop(), upstream.close()));

const CHAT = '/workspaces/demo/endpoints/chat/openai/v1/chat/completions';
const message = '"messages":[{"role":"user","content":"hello"}]';
const BAD = {
    'not JSON': 'hello', empty: '', 'cut short': '{"model":"json",', 'an array': '[]', 'a string': '"json"',
    'a key twice': `{"model":"json","model":"stream",${message}}`, 'a key twice by escape': `{"model":"json","\\u006dodel":"stream",${message}}`,
    'a key twice in depth': '{"model":"json","messages":[{"role":"user","role":"system","content":"x"}]}',
    'bad UTF-8': Buffer.concat([Buffer.from('{"model":"json","messages":[{"role":"user","content":"'), Buffer.from([0xc0, 0xaf]), Buffer.from('"}]}')]),
    'a lone surrogate': '{"model":"json","messages":[{"role":"user","content":"\\ud800"}]}', 'depth 1000': `{"model":"json","x":${'['.repeat(1000)}${']'.repeat(1000)}}`,
    'a NUL behind': `{"model":"json",${message}}\0`, 'two values': `{"model":"json",${message}}{}`, 'no messages': '{"model":"json"}', 'a byte order mark': `\ufeff{"model":"json",${message}}`,
    'model is a number': `{"model":1,${message}}`, 'no model': `{${message}}`, 'control characters': '{"model":"json","messages":[{"role":"user","content":"a\nb"}]}',
};
for (const version of [1, 2])
    for (const [what, raw] of Object.entries(BAD))
        test(`HTTP/${version}: a body with ${what} is 400`, async () => {
            const before = upstream.requests.length;
            const got = await gate.chat('json', { raw, version });
            assert.equal(got.status, 400, got.text);
            assert.equal(got.headers['x-should-retry'], 'false');
            assert.ok(got.json.error.message);
            assert.equal(upstream.requests.length, before);
            const [record] = gate.recordsOf(got);
            assert.deepEqual([record.kind, record.status], ['refused', 400]);
        });

test('what is forwarded is what was judged', async () => {
    const odd = '{ "messages" : [ {"role":"user","content":"caf\\u00e9 \\ud83d\\ude00 \\u0000"} ] ,\n\t"mo\\u0064el":"echo" , "user":"u1", "temperature":1e-2 }';
    const got = await gate.chat('echo', { raw: odd });
    assert.equal(got.status, 200, got.text);
    assert.equal(got.json.choices[0].message.content, 'café 😀 \0');
    assert.equal(upstream.last().text, odd);
    assert.equal(gate.recordsOf(got)[0].end_user, 'u1');
});

/** A body that must reach the backend whole, over every way in which it can be cut. */
const long = (n) => JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'é'.repeat(n / 2) }] });
for (const version of [1, 2])
    for (const n of [100, 20_000, 100_000, 1_000_000, 7_000_000])
        test(`HTTP/${version}: ${n} bytes arrive as they were sent`, async () => {
            const raw = long(n);
            const got = await gate.chat('echo', { raw, version });
            assert.equal(got.status, 200, got.text.slice(0, 300));
            assert.equal(upstream.last().text, raw);
        });

function exchange(chunks, pauseMs = 0, timeoutMs = 40_000) {
    return new Promise((done, fail) => {
        let got = '';
        const s = tls.connect({ ...gate.origin, servername: 'localhost' }, async () => {
            for (const c of chunks) {
                if (s.destroyed)
                    return;
                s.write(c);
                if (pauseMs)
                    await new Promise((ok) => setTimeout(ok, pauseMs));
            }
        });
        const timer = setTimeout(() => (s.destroy(), fail(new Error(`no end; got ${got.slice(0, 200)}`))), timeoutMs);
        s.on('data', (d) => (got += d));
        s.on('error', () => {});
        s.on('close', () => (clearTimeout(timer), done(got)));
    });
}
const head = (more) => `POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gate.token}\r\ncontent-type: application/json\r\nconnection: close\r\n${more}\r\n\r\n`;
const chunked = (s) => `${Buffer.byteLength(s).toString(16)}\r\n${s}\r\n`;

test('chunks of every size', async () => {
    const raw = long(50_000);
    const parts = raw.match(/[^]{1,997}/g).map(chunked);
    const got = await exchange([head('transfer-encoding: chunked'), ...parts, '0\r\n\r\n']);
    assert.match(got, /^HTTP\/1\.1 200 /);
    assert.equal(upstream.last().text, raw);
    assert.equal(upstream.last().headers['transfer-encoding'], undefined);
});
test('a byte at a time', async () => {
    const raw = long(100);
    const got = await exchange([head(`content-length: ${Buffer.byteLength(raw)}`), ...[...Buffer.from(raw)].map((b) => Buffer.from([b]))], 1);
    assert.match(got, /^HTTP\/1\.1 200 /);
    assert.equal(upstream.last().text, raw);
});
const LIES = { 'a size that is none': 'zz\r\nhello\r\n0\r\n\r\n', 'a size of 2^64': 'ffffffffffffffffff\r\nx\r\n', 'a negative size': '-1\r\nx\r\n', 'more bytes than said': '2\r\nhello\r\n0\r\n\r\n' };
for (const [what, bytes] of Object.entries(LIES))
    test(`chunks that lie (${what}) are 400`, async () => {
        const got = await exchange([head('transfer-encoding: chunked') + bytes]);
        assert.match(got, /^HTTP\/1\.1 400 /);
        assert.doesNotMatch(got, /<html|nginx/i);
    });
test('100 MB: 413 at once with a length, 413 on the way without', async () => {
    const before = upstream.requests.length;
    const said = await exchange([head(`content-length: ${100 << 20}`) + 'x'.repeat(1000)]);
    assert.match(said, /^HTTP\/1\.1 413 /);
    const piece = chunked('x'.repeat(1 << 20));
    const got = await exchange([head('transfer-encoding: chunked'), ...Array(100).fill(piece)], 1);
    assert.match(got || 'HTTP/1.1 413 (reset)', /^HTTP\/1\.1 413 /);
    assert.equal(upstream.requests.length, before);
    assert.ok(gate.records().some((r) => r.kind === 'refused' && r.status === 413));
    assert.equal((await gate.chat('json')).status, 200);
});
test('HTTP/2: more than allowed is 413', async () => {
    const got = await gate.chat('json', { raw: 'x'.repeat((8 << 20) + 1), version: 2 }).catch((e) => ({ status: 413, e }));
    assert.equal(got.status, 413);
});
test('callers that leave in the middle of a body leave a record and nothing else', async () => {
    for (let i = 0; i < 20; i++)
        await new Promise((done) => {
            const s = tls.connect({ ...gate.origin, servername: 'localhost' }, () => s.write(head('content-length: 100000') + '{"model":', () => setTimeout(() => (s.destroy(), done()), 5)));
            s.on('error', done);
        });
    const raw = long(3_000_000);
    for (let i = 0; i < 10; i++) /* gone while the thread works */
        await new Promise((done) => {
            const s = tls.connect({ ...gate.origin, servername: 'localhost' }, () => s.write(head(`content-length: ${Buffer.byteLength(raw)}`) + raw, () => (s.destroy(), done())));
            s.on('error', done);
        });
    assert.equal((await gate.chat('json')).status, 200);
});
test('pipelined requests are answered in order', async () => {
    const one = (text) => head(`content-length: ${Buffer.byteLength(text)}`).replace('connection: close\r\n', '') + text;
    const body = (c) => JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: c }] });
    const got = await exchange([one(body('first')) + one(body('second')) + one(body('third')).replace('host: x', 'host: x\r\nconnection: close')]);
    assert.deepEqual([...got.matchAll(/"content":"(\w+)"/g)].map((m) => m[1]), ['first', 'second', 'third']);
});
