// SPDX-License-Identifier: Apache-2.0
// The gate itself: route, identity, decision, before a byte of the body is read; what is forwarded; what the management surface gets.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import tls from 'node:tls';
import { after, test } from 'node:test';
import { startUpstream } from '../e2e/mock.mjs';
import { backendRow, startGate } from './gate.mjs';

const upstream = await startUpstream();
const SECRET = 'sk-canary-of-the-backend';
const row = backendRow('demo', 'mock', upstream, { auth: 'bearer', secret_version: 'v1' });
const azure = backendRow('demo', 'azure', upstream, { upstream: 'gh_00000000000000aa', dialect: 'azure', base_path: '', auth: 'api-key', secret_version: 'v1', api_version: '2024-10-21' });
const elsewhere = backendRow('demo', 'elsewhere', upstream, { upstream: 'gh_00000000000000bb', auth: 'bearer', secret_version: 'v1' });
const credential = (name, header, hosts) => ({ section: 'credential', key: ['demo', name, 'v1'], values: { header, value: header === 'authorization' ? `Bearer ${SECRET}` : SECRET, hosts } });
const gate = await startGate({
    models: ['json', 'stream'], backend: row,
    deployments: { az: { model: 'gpt 4/o', backend: 'azure' }, stolen: { model: 'json', backend: 'elsewhere' }, lost: { model: 'json', backend: 'nowhere' } },
    more: [azure, elsewhere],
    credentials: [credential('mock', 'authorization', [`127.0.0.1:${upstream.port}`]), credential('azure', 'api-key', [`127.0.0.1:${upstream.port}`]),
        credential('elsewhere', 'authorization', ['api.example.com:443'])],
});
const control = http.createServer((req, res) => {
    if (req.url === '/api/audit/export')
        return void (res.writeHead(200, { 'content-type': 'application/json' }), Array(24).fill('x'.repeat(1 << 20)).forEach((p) => res.write(p)), res.end());
    control.seen = { method: req.method, url: req.url, headers: req.headers };
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', () => {
        control.seen.body = Buffer.concat(parts).toString();
        res.writeHead(req.method === 'DELETE' ? 204 : 200, { 'content-type': 'application/json', etag: '"e1"', 'x-internal': 'yes', server: 'control/1' });
        res.end(req.method === 'DELETE' ? undefined : '{"ok":true}');
    });
});
const socket = path.join(gate.data, 'run/management.sock');
await new Promise((ok) => control.listen(socket, ok));
fs.chmodSync(socket, 0o666);
after(async () => {
    control.closeAllConnections?.();
    await new Promise((ok) => control.close(ok));
    await gate.stop();
    await upstream.close();
});

/** Raw bytes over TLS until the other side ends or `enough` says so. */
function raw(bytes, enough = () => false, timeoutMs = 8000) {
    return new Promise((done, fail) => {
        let got = '';
        const s = tls.connect({ ...gate.origin, ca: gate.origin.ca, servername: 'localhost' }, () => s.write(bytes));
        const timer = setTimeout(() => (s.destroy(), fail(new Error(`no end; got ${got.slice(0, 200)}`))), timeoutMs);
        const end = () => (clearTimeout(timer), s.destroy(), done(got));
        s.on('data', (d) => ((got += d), enough(got) && end()));
        s.on('error', end);
        s.on('close', end);
    });
}

const CHAT = '/workspaces/demo/endpoints/chat/openai/v1/chat/completions';
for (const version of [1, 2]) {
    test(`HTTP/${version}: known callers pass, with open and close`, async () => {
        const got = await gate.chat('json', { version });
        assert.equal(got.status, 200, got.text);
        const [open, close] = gate.recordsOf(got);
        assert.deepEqual([open.kind, close.kind], ['open', 'close']);
        assert.equal(close.open_sequence, open.sequence);
        assert.equal(open.caller, 'gatehouse:client');
        assert.equal(open.rule, '/roleAssignments/client');
        assert.equal(open.http_version, version === 2 ? '2' : '1.1');
        assert.deepEqual([close.status, close.input_tokens, close.output_tokens, close.end], [200, 11, 9, 'complete']);
    });
    test(`HTTP/${version}: all 401s of a surface look alike`, async () => {
        const strangers = { none: null, 'no token': 'abc', 'a key that is none': `gh_${'0'.repeat(12)}_${'A'.repeat(43)}_00000000`, expired: gate.jwt({ exp: 1 }), 'wrong audience': gate.jwt({ aud: 'api://other' }),
            'unknown kid': gate.jwt({}, { header: { kid: 'k9' } }), 'unknown issuer': gate.jwt({ iss: 'https://else.example/v2.0' }), nobody: gate.jwt({ sub: 'ghost', oid: 'ghost' }) };
        const seen = new Set();
        for (const [what, token] of Object.entries(strangers))
            for (const [ws, ep] of [['demo', 'chat'], ['demo', 'none'], ['nothing', 'here']]) {
                const got = await gate.call({ version, method: 'POST', path: `/workspaces/${ws}/endpoints/${ep}/openai/v1/chat/completions`, headers: { 'content-type': 'application/json', ...gate.auth(token) }, body: '{}' });
                assert.equal(got.status, 401, `${what} ${got.text}`);
                const headers = { ...got.headers };
                for (const h of ['date', 'x-request-id', 'apim-request-id', 'x-ms-request-id'])
                    delete headers[h];
                seen.add(JSON.stringify([headers, got.text.replaceAll(got.headers['x-request-id'], 'ID')]));
                assert.ok(gate.recordsOf(got).some((r) => r.kind === 'refused'));
            }
        assert.equal(seen.size, 1, [...seen].join('\n'));
    });
}

test('a stranger is refused before the body, also one who waits for 100', async () => {
    const got = await raw(`POST ${CHAT} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n`, (t) => t.includes('}'));
    assert.match(got, /^HTTP\/1\.1 401 /);
    const known = await raw(`POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gate.token}\r\nexpect: 100-continue\r\ncontent-length: 10\r\n\r\n`, (t) => t.includes('100 Continue'));
    assert.match(known, /^HTTP\/1\.1 100 /);
});

test('who may use no deployment is refused before the body', async () => {
    const token = gate.jwt({ sub: 'nobody', oid: 'nobody' });
    const got = await raw(`POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-length: 1000000\r\n\r\n`, (t) => t.includes('}'));
    assert.match(got, /^HTTP\/1\.1 403 /);
});

test('the body names the deployment on /v1, the path elsewhere', async () => {
    const token = gate.jwt({ sub: 'one', oid: 'one' });
    assert.equal((await gate.chat('json', { token })).status, 200);
    const refused = await gate.chat('stream', { token });
    assert.equal(refused.status, 403);
    const [record] = gate.recordsOf(refused);
    assert.equal(record.scope, '/workspaces/demo/endpoints/chat/deployments/stream');
    assert.equal((await gate.chat('absent', { token })).status, 403, 'a deployment that is not there looks like one that may not be used');
    assert.equal((await gate.chat('absent')).status, 404);
    assert.equal((await gate.chat('json', { token, surface: 'azure', body: { model: 'stream' } })).status, 200);
    assert.equal(JSON.parse(upstream.last().text).model, 'json', 'the path decides and the body follows');
});

const NOT_HERE = { '/': 404, '/api': 404, '/api/nothing': 404, '/gatehouse': 404, '//api/status': 404, [`${CHAT}/more`]: 404, [CHAT]: 405, '/api/..%2f..%2fetc/passwd': 400,
    '/workspaces/demo/endpoints/chat/openai/v1/embedding': 404, '/workspaces/de%00mo/endpoints/chat/openai/v1/models': 400 };
for (const [where, status] of Object.entries(NOT_HERE))
    test(`GET ${where} is ${status} in our own words`, async () => {
        const got = await gate.call({ path: where, headers: gate.auth(gate.jwt({ sub: 'admin', oid: 'admin' })) });
        assert.equal(got.status, status, got.text);
        assert.ok(got.json);
        assert.doesNotMatch(got.text + JSON.stringify(got.headers), /nginx|<html/i);
        assert.equal(gate.recordsOf(got)[0].kind, 'refused');
    });

test('models: those that the caller may use', async () => {
    const list = (token) => gate.call({ path: '/workspaces/demo/endpoints/chat/openai/v1/models', headers: gate.auth(token) });
    const ids = (got) => got.json.data.map((m) => m.id);
    const all = await list();
    assert.deepEqual(ids(all), ['json', 'stream', 'az', 'stolen']);
    assert.deepEqual(gate.recordsOf(all).map((r) => r.kind), ['open', 'close']);
    assert.deepEqual(ids(await list(gate.jwt({ sub: 'one', oid: 'one' }))), ['json']);
    assert.equal((await list(gate.jwt({ sub: 'nobody', oid: 'nobody' }))).status, 403);
});

test('the backend sees our headers and our path alone', async () => {
    const forged = { 'x-forwarded-for': '6.6.6.6', forwarded: 'for=6.6.6.6', 'gatehouse-edge': 'v1;t=1', cookie: 'a=b', 'x-custom': 'secret', 'accept-encoding': 'gzip', te: 'trailers', 'x-request-id': 'mine', 'user-agent': 'client/1' };
    const got = await gate.chat('json', { headers: forged });
    assert.equal(got.status, 200);
    const { headers, url } = upstream.last();
    assert.equal(url, '/v1/chat/completions');
    assert.deepEqual(Object.keys(headers).sort(), ['accept', 'accept-encoding', 'authorization', 'content-length', 'content-type', 'host', 'user-agent', 'x-request-id']);
    assert.equal(headers.authorization, `Bearer ${SECRET}`);
    assert.equal(headers['accept-encoding'], 'identity');
    assert.equal(headers['x-request-id'], got.headers['x-request-id']);
});

test("azure's dialect: model in the path, version, api-key", async () => {
    assert.equal((await gate.chat('az')).status, 200);
    assert.equal(upstream.last().url, '/openai/deployments/gpt%204%2fo/chat/completions?api-version=2024-10-21');
    assert.equal(upstream.last().headers['api-key'], SECRET);
    assert.equal(upstream.last().headers.authorization, undefined);
});

test('a credential goes only where it may', async () => {
    const before = upstream.requests.length;
    const got = await gate.chat('stolen');
    assert.equal(got.status, 503);
    assert.match(gate.recordsOf(got)[0].reason, /may not be sent/);
    assert.equal((await gate.chat('lost')).status, 404, 'a deployment without its backend');
    assert.equal(upstream.requests.length, before);
    assert.doesNotMatch(gate.log() + JSON.stringify(gate.records()), new RegExp(SECRET));
});

test('keys and ids of clients are echoed in a narrow form', async () => {
    const got = await gate.chat('json', { headers: { 'x-ms-client-request-id': 'abc-123', 'x-stainless-retry-count': '2' } });
    assert.equal(got.headers['x-ms-client-request-id'], 'abc-123');
    assert.equal(gate.recordsOf(got)[0].retry_count, 2);
    const odd = await gate.chat('json', { headers: { 'x-ms-client-request-id': 'a"><script>' } });
    assert.equal(odd.headers['x-ms-client-request-id'], undefined);
});

test('two credentials, or one twice, are refused', async () => {
    assert.equal((await gate.chat('json', { headers: { 'api-key': 'gh_x' } })).status, 401);
    const got = await raw(`POST ${CHAT} HTTP/1.1\r\nhost: x\r\napi-key: a\r\napi-key: b\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`);
    assert.match(got, /^HTTP\/1\.1 401 /);
    const twice = await raw(`POST ${CHAT} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\nauthorization: Bearer ${gate.token}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`);
    assert.match(twice, /^HTTP\/1\.1 40[01] /);
});

test('an upgrade is refused', async () => {
    const got = await raw(`GET /workspaces/demo/endpoints/chat/openai/v1/models HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${gate.token}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`, (t) => t.includes('}'));
    assert.match(got, /^HTTP\/1\.1 400 /);
});

const BROKEN = { 'no request line': 'hello\r\n\r\n', 'two lengths': `POST ${CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
    'length and chunks': `POST ${CHAT} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
    'a header of 17 KB': `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(17000)}\r\n\r\n`, 'no host': `GET ${CHAT} HTTP/1.1\r\n\r\n`, 'a path of 20 KB': `GET /${'a'.repeat(20000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    'HTTP/9.9': `GET / HTTP/9.9\r\nhost: x\r\n\r\n`, 'obsolete folding': `GET / HTTP/1.1\r\nhost: x\r\nx: a\r\n\tb\r\n\r\n`, 'unknown coding': `POST ${CHAT} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n` };
for (const [what, bytes] of Object.entries(BROKEN))
    test(`a malformed request (${what}) gets our words and a record`, async () => {
        const before = gate.records().length;
        const got = await raw(bytes, (t) => t.includes('}'));
        assert.match(got, /^HTTP\/1\.1 (4\d\d|501) /, what);
        assert.match(got, /application\/(problem\+)?json/);
        assert.doesNotMatch(got, /nginx|<html/i);
        assert.ok(gate.records().slice(before).some((r) => r.kind === 'refused'), 'a record');
    });

test('plain HTTP on the TLS port gets our words', async () => {
    const got = await new Promise((done, fail) => http.get({ host: '127.0.0.1', port: gate.port, path: '/' }, (res) => {
        let text = '';
        res.on('data', (d) => (text += d)).on('end', () => done({ status: res.statusCode, text, headers: res.headers }));
    }).on('error', fail));
    assert.equal(got.status, 400);
    assert.ok(JSON.parse(got.text));
});

// ---- management ----

const admin = () => gate.auth(gate.jwt({ sub: 'admin', oid: 'admin' }));
for (const version of [1, 2])
    test(`HTTP/${version}: management reaches control with what only the edge knows`, async () => {
        const body = '{"description":"x"}';
        const got = await gate.call({ version, method: 'PUT', path: '/api/workspaces/demo?a=b', body,
            headers: { ...admin(), 'content-type': 'application/json', 'if-match': '"e0"', 'gatehouse-edge': 'v1;t=1;l=main;p=6.6.6.6;r=x;m=00', 'x-forwarded-for': '6.6.6.6', 'x-other': '1' } });
        assert.equal(got.status, 200, got.text);
        assert.equal(got.headers.etag, '"e1"', 'and no 412 of nginx');
        assert.equal(got.headers['x-internal'], undefined);
        assert.equal(got.headers.server, undefined);
        const { headers, url } = control.seen;
        assert.equal(control.seen.body, body);
        assert.equal(url, '/api/workspaces/demo?a=b');
        assert.deepEqual(Object.keys(headers).sort(), ['accept-encoding', 'authorization', 'content-length', 'content-type', 'gatehouse-edge', 'gatehouse-host', 'host', 'if-match', 'x-request-id']);
        const [, t, l, p, r, c, m] = /^v2;t=(\d+);l=([^;]+);p=([^;]+);r=([^;]+);c=([^;]+);m=([0-9a-f]{64})$/.exec(headers['gatehouse-edge']);
        assert.deepEqual([l, p, r], ['main', '127.0.0.1', got.headers['x-request-id']]);
        assert.equal(m, createHmac('sha256', gate.edgeKey).update(`v2\n${t}\n${l}\n${p}\n${r}\n${c}\nPUT\n${url}\n`).digest('hex'));
        assert.deepEqual(gate.recordsOf(got).map((x) => x.kind), ['open', 'close']);
    });
test('management: strangers and callers without the right stop here', async () => {
    delete control.seen;
    assert.equal((await gate.call({ path: '/api/workspaces/demo' })).status, 401);
    assert.equal((await gate.call({ path: '/api/workspaces/demo', headers: gate.auth() })).status, 403);
    assert.equal((await gate.call({ method: 'PUT', path: '/api/workspaces/demo', headers: { ...admin(), 'content-length': 2 << 20 } })).status, 413);
    assert.equal(control.seen, undefined);
});
for (const version of [1, 2]) {
    test(`HTTP/${version}: management: an answer without a body`, async () => {
        const got = await gate.call({ version, method: 'DELETE', path: '/api/workspaces/demo/endpoints/chat', headers: admin() });
        assert.deepEqual([got.status, got.text], [204, '']);
        assert.equal(gate.recordsOf(got).at(-1).end, 'complete');
    });
    test(`HTTP/${version}: management: an answer without a length, longer than what is held`, async () => {
        const got = await gate.call({ version, path: '/api/audit/export', headers: admin() });
        assert.equal(got.status, 200);
        assert.equal(got.text.length, 24 << 20);
        const record = gate.recordsOf(got).at(-1);
        assert.deepEqual([record.end, record.response_bytes], ['complete', 24 << 20]);
    });
}
test('management: control away is 503 in our words', async () => {
    await new Promise((ok) => (control.close(ok), control.closeAllConnections?.()));
    const got = await gate.call({ path: '/api/workspaces/demo', headers: admin() });
    assert.equal(got.status, 503);
    assert.ok(got.json);
    await new Promise((ok) => control.listen(socket, ok));
    fs.chmodSync(socket, 0o666);
    assert.equal((await gate.call({ path: '/api/workspaces/demo', headers: admin() })).status, 200);
});
