// SPDX-License-Identifier: Apache-2.0
// Backends that are down, slow or hostile, and what they may learn: each fault becomes one clear answer, with its record.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';
import { makeAuthority } from './certs.mjs';
import { canary, eventually, freshName, makePlace, settles, sharedInstallation, sleep } from './harness.mjs';
import { connect, sseData } from './http.mjs';
import { ANSWER, BEHAVIOURS, USAGE, startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const SECRET = canary(`sk-backend-${freshName('canary')}`);
const place = await makePlace(gate, { upstream, models: BEHAVIOURS, auth: 'bearer', secret: SECRET, backend: { timeoutMs: 1500 } });
const closeRecord = async (answer) => {
    const id = answer.headers['x-request-id'];
    return gate.record(`close of ${id}`, (r) => r.kind === 'close' && r.request_id === id);
};
const streamed = (model, body = {}, rest = {}) => place.chat(model, { body: { stream: true, ...body }, ...rest });

// ---- faults -----------------------------------------------------------------------------------------------------------------------------

const FAULTS = {
    // behaviour -> [status, what the record says of the end]
    hang: 504,
    'hang-up': 502,
    garbage: 502,
    gzip: 502,
    html: 502,
    'switching-protocols': 502,
};
for (const [model, status] of Object.entries(FAULTS))
    for (const surface of ['openai', 'azure'])
        test(`a backend that answers with ${model} is ${status} on ${surface}`, async () => {
            const got = await place.chat(model, { surface });
            assert.equal(got.status, status, got.text);
            assert.ok(got.json.error.message, "in the surface's own shape");
            assert.doesNotMatch(got.text, /backend-internal|127\.0\.0\.1|nginx/);
            const close = await closeRecord(got);
            assert.equal(close.status, status);
            assert.notEqual(close.end, 'complete');
        });

test('a slow backend is waited for', async () => assert.equal((await place.chat('slow')).status, 200));

test('a backend that nobody listens for is 502, and comes back by itself', async () => {
    const spare = await startUpstream();
    const alone = await makePlace(gate, { upstream: spare });
    await spare.close();
    assert.equal((await alone.chat('json')).status, 502);
    const again = net.createServer((s) =>
        s.end('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}'),
    );
    await new Promise((ok) => again.listen(spare.port, '127.0.0.1', ok));
    after(() => again.close());
    await settles('200 again', async () => (await alone.chat('json')).status === 200, { withinMs: 12_000, everyMs: 100 });
});

for (const version of [1, 2])
    test(`a backend that hangs up inside its body is never passed on as whole, HTTP/${version}`, async () => {
        const got = await place.chat('hang-up-in-body', { version }).catch((e) => ({ broken: e }));
        assert.ok(got.broken || got.status === 502 || !got.isComplete, `${got.status} ${got.text}`);
    });

test('an answer that is no JSON is not passed on as a good one', async () => {
    const got = await place.chat('not-json');
    assert.ok(got.status === 502 || !got.isComplete, `${got.status} ${got.text}`);
});

test('an endless JSON answer ends at a bound', async () => {
    const got = await place.chat('endless-json').catch((e) => ({ broken: e }));
    assert.ok(got.broken || got.status === 502 || !got.isComplete || got.text.length < 64 << 20, String(got.status));
});

test('errors of a backend come through with their status and no page of its own', async () => {
    for (const [model, status] of [
        ['error-400', 400],
        ['error-429', 429],
        ['error-500', 500],
    ]) {
        const got = await place.chat(model);
        assert.equal(got.status, status);
        assert.ok(got.json.error.message);
    }
    const page = await place.chat('html-error');
    assert.equal(page.status, 502);
    assert.doesNotMatch(page.text, /backend-internal/);
});

test('a backend that refuses our credential is not a refusal of the caller', async () => {
    const got = await place.chat('error-401');
    assert.equal(got.status, 502, 'a 401 would send the caller looking for a new token');
    assert.doesNotMatch(got.text, /sk-back/);
});

test('X-Accel-* of a backend is ignored', async () => {
    const got = await place.chat('accel-redirect');
    assert.equal(got.status, 200);
    assert.equal(got.json.choices[0].message.content, ANSWER);
    assert.deepEqual(
        Object.keys(got.headers).filter((h) => h.startsWith('x-accel')),
        [],
    );
});

for (const version of [1, 2])
    test(`only listed headers of a backend reach the client, HTTP/${version}`, async () => {
        const got = await place.chat('odd-headers', { version });
        assert.equal(got.status, 200);
        for (const name of ['set-cookie', 'x-powered-by', 'location', 'www-authenticate', 'gatehouse-edge'])
            assert.equal(got.headers[name], undefined, name);
        assert.doesNotMatch(JSON.stringify(got.headers), /backend-internal/);
    });

test('bytes behind an answer never become the answer of the next caller', async () => {
    for (let i = 0; i < 60; i++) {
        const odd = await place.chat('extra-bytes');
        assert.equal(odd.status, 200);
        await sleep(i % 6);
        const next = await Promise.all([place.chat('json'), place.chat('json')]);
        for (const got of next) {
            assert.equal(got.status, 200);
            assert.doesNotMatch(got.text, /smuggled/, `round ${i}`);
        }
    }
});

// ---- streams ----------------------------------------------------------------------------------------------------------------------------

const contentOf = (text) =>
    sseData(text)
        .filter((d) => d !== '[DONE]')
        .map((d) => JSON.parse(d).choices?.[0]?.delta?.content ?? '')
        .join('');
const usageOf = (text) =>
    sseData(text)
        .filter((d) => d !== '[DONE]')
        .map((d) => JSON.parse(d).usage)
        .filter(Boolean);
const GOOD_STREAMS = [
    'stream',
    'stream-bytes',
    'stream-crlf',
    'stream-cr',
    'stream-one-write',
    'stream-comments',
    'stream-no-usage',
    'stream-usage-first',
];
for (const model of GOOD_STREAMS)
    for (const version of [1, 2])
        test(`${model}, HTTP/${version}: the text is whole, usage only for who asks`, async () => {
            const plain = await streamed(model, {}, { version });
            assert.equal(plain.status, 200);
            assert.match(plain.headers['content-type'], /^text\/event-stream/);
            assert.equal(contentOf(plain.text), ANSWER);
            assert.deepEqual(usageOf(plain.text), []);
            assert.equal(sseData(plain.text).at(-1), '[DONE]');
            const asked = await streamed(model, { stream_options: { include_usage: true } }, { version });
            assert.equal(contentOf(asked.text), ANSWER);
            assert.deepEqual(usageOf(asked.text), model === 'stream-no-usage' ? [] : [USAGE]);
        });

test('usage is in the record whether the client asked or not', async () => {
    for (const model of ['stream', 'stream-usage-first', 'json']) {
        const got = await (model === 'json' ? place.chat('json') : streamed(model));
        const close = await closeRecord(got);
        assert.equal(close.end, 'complete', model);
        assert.deepEqual([close.input_tokens, close.output_tokens].map(Number), [USAGE.prompt_tokens, USAGE.completion_tokens], model);
    }
});

test('a stream that breaks is not passed on as whole, and its record says so', async () => {
    for (const version of [1, 2]) {
        const got = await streamed('stream-truncated', {}, { version });
        assert.ok(!sseData(got.text).includes('[DONE]') || /"error"/.test(got.text), got.text.slice(-300));
        assert.notEqual((await closeRecord(got)).end, 'complete');
    }
});

test('a stream that ends without its last event is recorded as such', async () => {
    const got = await streamed('stream-no-done');
    assert.notEqual((await closeRecord(got)).end, 'complete');
});

test('events that are no JSON end the stream with an error', async () => {
    const got = await streamed('stream-garbage');
    assert.doesNotMatch(got.text, /\u0000/);
    assert.notEqual((await closeRecord(got)).end, 'complete');
});

test('one endless line ends at a bound', async () => {
    const got = await streamed('stream-long-line').catch((e) => ({ text: '', broken: e }));
    assert.ok(got.text.length < 3 << 20, `${got.text.length} bytes came through`);
});

test('an endless stream ends with its reader, and the record says so', async () => {
    const body = JSON.stringify({ model: 'stream-endless', stream: true, messages: [{ role: 'user', content: 'x' }] });
    const socket = await connect(gate.origin);
    let text = '';
    socket.on('data', (d) => (text += d));
    socket.write(
        `POST ${place.openaiPath} HTTP/1.1\r\nhost: gate\r\nauthorization: Bearer ${place.caller.token}\r\ncontent-type: application/json\r\n` +
            `content-length: ${body.length}\r\n\r\n${body}`,
    );
    await eventually('some of the stream', () => text.length > 4000);
    socket.destroy();
    await eventually('the backend sees the end', () => upstream.last().aborted);
    const [, id] = text.match(/^x-request-id: (\S+)/im);
    const close = await gate.record('close', (r) => r.kind === 'close' && r.request_id === id);
    assert.equal(close.end, 'client gone');
});

// ---- credentials ------------------------------------------------------------------------------------------------------------------------

test("the backend gets its own credential and nothing of the caller's", async () => {
    for (const surface of ['openai', 'azure']) {
        await place.chat('json', { surface, headers: { cookie: 'a=b', 'x-ms-client-request-id': 'id-of-the-client' } });
        const seen = upstream.last();
        assert.equal(seen.headers.authorization, `Bearer ${SECRET}`);
        assert.equal(seen.headers['api-key'], undefined);
        assert.ok(!JSON.stringify(seen.rawHeaders).includes(place.caller.token));
        assert.ok(!seen.url.includes('api-version'), 'an OpenAI backend gets no api-version');
    }
});

test('an Azure backend gets its own key, path and version', async () => {
    const key = canary(`azure-${freshName('canary')}`);
    const azure = await makePlace(gate, {
        upstream,
        models: ['json'],
        auth: 'api-key',
        secret: key,
        backend: { dialect: 'azure', apiVersion: '2024-10-21' },
    });
    assert.equal((await azure.chat('json')).status, 200);
    assert.equal(upstream.last().headers['api-key'], key);
    assert.equal(upstream.last().headers.authorization, undefined);
    assert.equal(upstream.last().url, '/openai/deployments/json/chat/completions?api-version=2024-10-21');
});

test('a secret goes only to the hosts that it names', async () => {
    const other = await startUpstream();
    after(() => other.close());
    const got = await gate.api('PUT', `${place.at}/backends/elsewhere`, {
        url: other.url,
        dialect: 'openai',
        auth: 'bearer',
        secret: 'backend-key',
    });
    await gate.api('PUT', `${place.endpoint}/deployments/elsewhere`, { model: 'json', backend: 'elsewhere' });
    await sleep(2500);
    const call = await place.chat('elsewhere');
    assert.ok(got.status >= 400 || call.status === 503, `PUT ${got.status}, call ${call.status}`);
    assert.ok(
        other.requests.every((r) => !JSON.stringify(r.rawHeaders).includes(SECRET)),
        'the secret went to a host that it does not name',
    );
});

// ---- TLS to a backend -------------------------------------------------------------------------------------------------------------------

const authority = makeAuthority();
const behind = async (names, backend) => {
    const server = await startUpstream({ tls: authority.issue(names) });
    after(() => server.close());
    const at = `${place.at}/backends/${freshName('tls')}`;
    await gate.put(at, { url: `https://127.0.0.1:${server.port}`, dialect: 'openai', auth: 'none', ...backend });
    const deployment = freshName('tls');
    await gate.put(`${place.endpoint}/deployments/${deployment}`, { model: 'json', backend: at.split('/').at(-1) });
    return { server, deployment };
};
test('TLS to a backend: the right authority and name', async () => {
    const { deployment, server } = await behind(['model.example'], { caCertificate: authority.cert, tlsServerName: 'model.example' });
    await settles('200 through TLS', async () => (await place.chat(deployment)).status === 200, { withinMs: 8000, everyMs: 100 });
    assert.equal(server.last().headers.host, `127.0.0.1:${server.port}`);
});
for (const [what, names, backend] of [
    ['the wrong name', ['other.example'], { caCertificate: authority.cert, tlsServerName: 'model.example' }],
    ['an unknown authority', ['model.example'], { caCertificate: makeAuthority('Somebody else').cert, tlsServerName: 'model.example' }],
    ['the authorities of the system', ['model.example'], { tlsServerName: 'model.example' }],
])
    test(`TLS to a backend: ${what} is 502 and nothing is sent`, async () => {
        const { deployment, server } = await behind(names, backend);
        await eventually('502', async () => (await place.chat(deployment)).status === 502, { withinMs: 8000, everyMs: 100 });
        assert.equal(server.requests.length, 0);
    });

test('after all of this it serves', async () => assert.equal((await place.chat('json')).status, 200));
