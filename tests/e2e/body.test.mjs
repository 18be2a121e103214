// SPDX-License-Identifier: Apache-2.0
// Requests that no client library would send: each is refused, or made harmless, before a backend sees anything of it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { eventually, makePlace, settles, sharedInstallation, sleep } from './harness.mjs';
import { connect, exchange, statuses } from './http.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json', 'echo'], endpoint: { maxBodyBytes: 1 << 20 } });
const auth = `authorization: Bearer ${place.caller.token}\r\n`;
const host = `host: ${gate.origin.host}:${gate.origin.port}\r\n`;
const GOOD = JSON.stringify({ model: 'json', messages: [{ role: 'user', content: 'hello' }] });
const head = (extra = '', { path = place.openaiPath, method = 'POST', version = 'HTTP/1.1' } = {}) =>
    `${method} ${path} ${version}\r\n${host}${auth}content-type: application/json\r\n${extra}\r\n`;
const withLength = (body, extra = '', where) =>
    Buffer.concat([Buffer.from(head(`content-length: ${Buffer.byteLength(body)}\r\n${extra}`, where)), Buffer.from(body)]);
const chunked = (body) => `${Buffer.byteLength(body).toString(16)}\r\n${body}\r\n0\r\n\r\n`;

/** Runs `doing` and demands that the backend saw nothing. */
async function nothingForwarded(doing) {
    const before = upstream.requests.length;
    const got = await doing();
    await sleep(30);
    assert.equal(upstream.requests.length, before, `the backend saw ${JSON.stringify(upstream.last()?.text?.slice(0, 200))}`);
    return got;
}

// ---- bodies that are whole, but no conversation ---------------------------------------------------------------------------------------

const say = (content) => `{"model":"json","messages":[{"role":"user","content":${content}}]}`;
const BAD_BODIES = {
    empty: '',
    'not JSON': 'hello',
    'cut short': GOOD.slice(0, -1),
    'bytes behind it': `${GOOD}{}`,
    'a byte order mark': `\ufeff${GOOD}`,
    'an array': `[${GOOD}]`,
    'a string': '"json"',
    null: 'null',
    'no messages': '{"model":"json"}',
    'messages of the wrong type': '{"model":"json","messages":"hi"}',
    'no model': '{"messages":[{"role":"user","content":"x"}]}',
    'a number as model': '{"model":1,"messages":[]}',
    'model twice': `{"model":"json","model":"echo","messages":[{"role":"user","content":"x"}]}`,
    'model twice, once escaped': '{"model":"json","\\u006dodel":"echo","messages":[{"role":"user","content":"x"}]}',
    'content twice, deep inside': '{"model":"json","messages":[{"role":"user","content":"a","content":"b"}]}',
    'bad UTF-8': Buffer.concat([
        Buffer.from('{"model":"json","messages":[{"role":"user","content":"'),
        Buffer.from([0xc3, 0x28]),
        Buffer.from('"}]}'),
    ]),
    'overlong UTF-8': Buffer.concat([
        Buffer.from('{"model":"json","messages":[{"role":"user","content":"'),
        Buffer.from([0xc0, 0xaf]),
        Buffer.from('"}]}'),
    ]),
    'UTF-16': Buffer.from(GOOD, 'utf16le'),
    'a lone surrogate': say('"\\ud800"'),
    'a raw control character': say('"a\u0001b"'),
    'a raw newline in a string': say('"a\nb"'),
    'depth 1,000': say('['.repeat(1000) + ']'.repeat(1000)),
    'depth 1,000, objects': say('{"a":'.repeat(1000) + '1' + '}'.repeat(1000)),
    'depth 100,000': '['.repeat(100_000),
    NaN: `{"model":"json","temperature":NaN,"messages":[]}`,
    'a comment': `/* hi */${GOOD}`,
    'single quotes': GOOD.replaceAll('"', "'"),
    'a trailing comma': GOOD.replace(/}$/, ',}'),
    'a leading zero': '{"model":"json","max_tokens":01,"messages":[]}',
    'a role of nobody': '{"model":"json","messages":[{"role":"root","content":"x"}]}',
    'content that is an object': say('{"a":1}'),
    'an address to fetch': say('[{"type":"image_url","image_url":{"url":"http://169.254.169.254/latest/meta-data"}}]'),
};
for (const [what, body] of Object.entries(BAD_BODIES)) {
    test(`a body that is ${what} is 400`, async () => {
        for (const version of [1, 2]) {
            const got = await nothingForwarded(() =>
                gate.request({
                    method: 'POST',
                    path: place.openaiPath,
                    version,
                    body,
                    headers: {
                        authorization: `Bearer ${place.caller.token}`,
                        'content-type': 'application/json',
                        ...(version === 1 && { 'content-length': Buffer.byteLength(body) }),
                    },
                }),
            );
            assert.equal(got.status, 400, `HTTP/${version}: ${got.text}`);
            assert.ok(got.json.error.message, "the surface's own error shape");
        }
    });
}

test('what is accepted is forwarded byte for byte but for the model', async () => {
    const odd =
        ' {"messages" :[{"content": "\\u0047\\u00fcte \\ud83d\\ude00 \\/ é", "role":"user" } ],\n\t"model":"js\\u006fn" , "temperature" :1e0,"metadata":{"a\\/b":"\\t"},"stop":null} ';
    const got = await place.chat('json', { body: odd });
    assert.equal(got.status, 200, got.text);
    assert.equal(upstream.last().text, odd.replace('"js\\u006fn"', '"json"'));
});

test('on a path that names the deployment, the body names none', async () => {
    const got = await place.chat('json', { surface: 'azure', body: { model: 'echo' } });
    assert.equal(got.status, 200);
    assert.equal(JSON.parse(upstream.last().text).model, 'json');
});

// ---- lengths, chunks, pauses ----------------------------------------------------------------------------------------------------------

test('100 MB: refused from its length alone, and in chunks as soon as it is over', async () => {
    const huge = 100 << 20;
    await nothingForwarded(async () => {
        const byLength = await exchange(gate.origin, head(`content-length: ${huge}\r\n`));
        assert.deepEqual(statuses(byLength), [413]);
        const socket = await connect(gate.origin);
        let text = '';
        let sent = 0;
        socket.on('data', (d) => (text += d)).on('error', () => {});
        const closed = new Promise((done) => socket.on('close', done));
        socket.write(head('transfer-encoding: chunked\r\n'));
        const piece = Buffer.alloc(1 << 16, 'x');
        while (sent < huge && !socket.destroyed && !text) {
            if (!socket.write(Buffer.concat([Buffer.from('10000\r\n'), piece, Buffer.from('\r\n')])))
                await Promise.race([new Promise((ok) => socket.once('drain', ok)), closed]);
            sent += piece.length;
            await new Promise(setImmediate);
        }
        await Promise.race([closed, eventually('an answer', () => text, { withinMs: 5000 })]);
        socket.destroy();
        assert.ok(text === '' || statuses(text)[0] === 413, text.slice(0, 200));
        assert.ok(sent < huge, 'the whole body was taken in');
    });
});

test('a body at the limit of its endpoint passes, one over it is 413', async () => {
    const fill = (n) => ({ messages: [{ role: 'user', content: 'y'.repeat(n) }] });
    assert.equal((await place.chat('json', { body: fill((1 << 20) - 200) })).status, 200);
    assert.equal((await nothingForwarded(() => place.chat('json', { body: fill((1 << 20) + 1) }))).status, 413);
});

const LIES = {
    'two different lengths': [`content-length: ${GOOD.length}\r\ncontent-length: 5\r\n`, GOOD],
    'the same length twice': [`content-length: ${GOOD.length}\r\ncontent-length: ${GOOD.length}\r\n`, GOOD],
    'a length and chunks': [`content-length: ${GOOD.length}\r\ntransfer-encoding: chunked\r\n`, chunked(GOOD)],
    'an unknown transfer coding': ['transfer-encoding: gzip, chunked\r\n', chunked(GOOD)],
    'a negative length': ['content-length: -1\r\n', GOOD],
    'a length with a plus': [`content-length: +${GOOD.length}\r\n`, GOOD],
    'a chunk size that is no number': ['transfer-encoding: chunked\r\n', `zz\r\n${GOOD}\r\n0\r\n\r\n`],
    'a chunk size that overflows': ['transfer-encoding: chunked\r\n', `fffffffffffffffff\r\n${GOOD}\r\n0\r\n\r\n`],
    'a chunk that is longer than it says': ['transfer-encoding: chunked\r\n', `5\r\n${GOOD}\r\n0\r\n\r\n`],
};
for (const [what, [headers, body]] of Object.entries(LIES)) {
    test(`${what}: refused, and nothing behind it is taken for a request`, async () => {
        const smuggled = head('content-length: 0\r\n', { method: 'GET', path: '/api/status' });
        const text = await nothingForwarded(() => exchange(gate.origin, head(headers) + body + smuggled, { idleMs: 700 }));
        const got = statuses(text);
        assert.ok(got.length <= 1 && got.every((s) => s >= 400), `${got}: ${text.slice(0, 300)}`);
    });
}

test('a body shorter than its length never reaches the backend', () =>
    nothingForwarded(async () => {
        const socket = await connect(gate.origin);
        socket.on('error', () => {});
        socket.write(head('content-length: 5000\r\n') + GOOD);
        await sleep(300);
        socket.destroy();
        await sleep(100);
    }));

test('chunks that never end never reach the backend', () =>
    nothingForwarded(async () => {
        const socket = await connect(gate.origin);
        socket.on('error', () => {});
        socket.write(`${head('transfer-encoding: chunked\r\n')}${GOOD.length.toString(16)}\r\n${GOOD}\r\n`);
        await sleep(300);
        socket.destroy();
        await sleep(100);
    }));

test('a slow body that ends is served; meanwhile others are', async () => {
    const bytes = withLength(GOOD);
    const pieces = Array.from({ length: 12 }, (_, i) =>
        bytes.subarray(Math.floor((i * bytes.length) / 12), Math.floor(((i + 1) * bytes.length) / 12)),
    );
    const slow = exchange(gate.origin, pieces, { pauseMs: 120 });
    const others = await Promise.all(Array.from({ length: 5 }, () => place.chat('json')));
    assert.ok(others.every((o) => o.status === 200));
    assert.deepEqual(statuses(await slow), [200]);
});

test('chunked bodies in any cut are read whole', async () => {
    const bytes = [...GOOD].map((c) => `1\r\n${c}\r\n`).join('') + '0\r\n\r\n';
    assert.deepEqual(statuses(await exchange(gate.origin, head('transfer-encoding: chunked\r\n') + bytes)), [200]);
    assert.deepEqual(statuses(await exchange(gate.origin, head('transfer-encoding: chunked\r\n') + chunked(GOOD))), [200]);
});

test('two requests in one packet get two answers', async () => {
    const both = Buffer.concat([withLength(GOOD), withLength(GOOD.replace('hello', 'again'))]);
    assert.deepEqual(statuses(await exchange(gate.origin, both, { answers: 2 })), [200, 200]);
});

test('without a credential the answer comes before the body, and no 100 invites it', async () => {
    const noToken = `POST ${place.openaiPath} HTTP/1.1\r\n${host}content-type: application/json\r\n`;
    assert.deepEqual(statuses(await exchange(gate.origin, `${noToken}content-length: 5000000\r\nexpect: 100-continue\r\n\r\n`)), [401]);
    assert.deepEqual(statuses(await exchange(gate.origin, `${noToken}content-length: 100\r\n\r\n`)), [401]);
    assert.deepEqual(statuses(await exchange(gate.origin, `${noToken}transfer-encoding: chunked\r\n\r\n`)), [401]);
});

test('with a credential 100 invites the body', async () => {
    const socket = await connect(gate.origin);
    let text = '';
    socket.on('data', (d) => (text += d));
    socket.write(head(`content-length: ${GOOD.length}\r\nexpect: 100-continue\r\n`));
    await eventually('100 Continue', () => statuses(text).includes(100));
    socket.write(GOOD);
    await settles('200', () => statuses(text).includes(200));
    socket.destroy();
});

test('a compressed request body is refused', async () => {
    const got = await nothingForwarded(() =>
        gate.request({
            method: 'POST',
            path: place.openaiPath,
            body: gzipSync(GOOD),
            headers: { authorization: `Bearer ${place.caller.token}`, 'content-type': 'application/json', 'content-encoding': 'gzip' },
        }),
    );
    assert.ok([400, 415].includes(got.status), String(got.status));
});

// ---- paths, methods, upgrades ---------------------------------------------------------------------------------------------------------

const under = place.endpoint;
const NOT_FOUND = [
    `${under}/openai/v1/chat/completions/x`,
    `${under}/openai/v1/embeddings`,
    `${under}/openai/v1`,
    '/',
    '/openai/v1/chat/completions',
    '/nginx_status',
    `${under}/openai/v1/chat/completions%00`,
    `/workspaces/%2e%2e/endpoints/ep/openai/v1/chat/completions`,
    `/workspaces/a%0d%0ab/endpoints/ep/openai/v1/chat/completions`,
    `/workspaces/*/endpoints/ep/openai/v1/chat/completions`,
    '/.well-known/x',
    '/favicon.ico',
];
for (const path of NOT_FOUND)
    test(`nothing is passed through: ${path.replace(/ws-[\w-]+/, 'WS')}`, async () => {
        const got = await nothingForwarded(() => exchange(gate.origin, withLength(GOOD, '', { path }), { idleMs: 400 }));
        assert.ok(statuses(got).length === 1 && [400, 401, 404].includes(statuses(got)[0]), got.slice(0, 200));
    });

test('dots and double slashes lead nowhere else', async () => {
    const ways = [
        `${under}/openai/v1/chat%2fcompletions`,
        `/api/../${under.slice(1)}/openai/v1/chat/completions`,
        `${under}/./openai//v1/chat/completions`,
        `/x/%2e%2e${under}/openai/v1/chat/completions`,
    ];
    for (const path of ways) {
        const text = await exchange(gate.origin, withLength(GOOD, '', { path }), { idleMs: 400 });
        const [status] = statuses(text);
        assert.ok([200, 400, 401, 404].includes(status), `${path}: ${status}`);
    }
    const noToken = `POST /api/../${under.slice(1)}/openai/v1/chat/completions HTTP/1.1\r\n${host}content-length: 2\r\n\r\n{}`;
    assert.ok([400, 401, 404].includes(statuses(await nothingForwarded(() => exchange(gate.origin, noToken)))[0]));
});

for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'CONNECT', 'PROPFIND', 'HEAD'])
    test(`${method} on the chat path is refused`, async () => {
        const got = statuses(
            await nothingForwarded(() => exchange(gate.origin, head('content-length: 0\r\n', { method }), { idleMs: 400 })),
        );
        assert.ok(got.length >= 1 && got.every((s) => [400, 404, 405, 501].includes(s)), String(got));
    });

test('an upgrade is refused', async () => {
    const upgrade =
        'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    const text = await nothingForwarded(() => exchange(gate.origin, withLength(GOOD, upgrade), { idleMs: 600 }));
    assert.ok(
        statuses(text).every((s) => s >= 400),
        text.slice(0, 200),
    );
});

// ---- headers ----------------------------------------------------------------------------------------------------------------------------

const FORGED = {
    'gatehouse-edge': 'v1;t=1;l=main;p=10.0.0.1;r=x;m=00',
    'x-forwarded-for': '10.9.8.7',
    'x-forwarded-host': 'inside',
    forwarded: 'for=10.9.8.7',
    'x-real-ip': '10.9.8.7',
    'x-accel-redirect': '/api/status',
    'x-gatehouse-caller': '/identities/admin',
    'x-request-id': 'forged-request-id',
    'x-original-url': '/api/status',
    'openai-organization': 'org-forged',
    cookie: 'session=forged',
    te: 'trailers',
};
for (const version of ['1.0', '1.1', 2])
    test(`forged headers of the inside stay outside, HTTP/${version}`, async () => {
        const before = upstream.requests.length;
        if (version === 2) {
            assert.equal((await place.chat('json', { version, headers: FORGED })).status, 200);
        } else {
            const lines = Object.entries(FORGED)
                .map(([k, v]) => `${k}: ${v}\r\nX_${k.replaceAll('-', '_')}: ${v}\r\n`)
                .join('');
            assert.deepEqual(statuses(await exchange(gate.origin, withLength(GOOD, lines, { version: `HTTP/${version}` }))), [200]);
        }
        assert.equal(upstream.requests.length, before + 1);
        const { headers } = upstream.last();
        const allowed = new Set([
            'host',
            'content-type',
            'content-length',
            'accept',
            'accept-encoding',
            'connection',
            'user-agent',
            'x-request-id',
            'x-ms-client-request-id',
        ]);
        assert.deepEqual(
            Object.keys(headers).filter((h) => !allowed.has(h)),
            [],
            'only the allow-list goes upstream',
        );
        assert.notEqual(headers['x-request-id'], 'forged-request-id');
        assert.equal(headers['accept-encoding'], 'identity');
        assert.ok(!upstream.last().rawHeaders.some((v) => v.includes('10.9.8.7') || v.includes('forged')));
    });

for (const version of [1, 2])
    test(`forged headers of the inside change nothing on the management API, HTTP/${version}`, async () => {
        const headers = { ...FORGED };
        delete headers.te;
        assert.equal((await gate.api('GET', '/status', undefined, { token: null, headers, version })).status, 401);
        const got = await gate.api('GET', '/status', undefined, { headers, version });
        assert.equal(got.status, 200, got.text);
    });

test('credentials twice, or of two kinds, are refused', async () => {
    for (const second of [`authorization: Bearer ${gate.adminToken}\r\n`, `api-key: ${gate.apiKey}\r\n`]) {
        const [status] = statuses(await nothingForwarded(() => exchange(gate.origin, withLength(GOOD, second))));
        assert.ok([400, 401].includes(status), String(status));
    }
});

test('headers of 64 KB are refused', async () => {
    const got = statuses(await nothingForwarded(() => exchange(gate.origin, withLength(GOOD, `x-long: ${'a'.repeat(65536)}\r\n`))));
    assert.ok(
        got.every((s) => [400, 414, 431, 494].includes(s)),
        String(got),
    );
});

test('after all of this it serves', async () => assert.equal((await place.chat('json')).status, 200));
