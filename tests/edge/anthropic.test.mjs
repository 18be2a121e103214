// SPDX-License-Identifier: Apache-2.0
// Anthropic's dialect at the edge: every corner of its streams, what the backend is told, and what is recorded.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { backendRow, startGate } from './gate.mjs';

const event = (data, eol = '\n') => `event: ${data.type}${eol}data: ${JSON.stringify(data)}${eol}${eol}`;
const delta = (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
const START = { type: 'message_start', message: { type: 'message', content: [], usage: { input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 1 } } };
const END = { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } };
const STOP = { type: 'message_stop' };
const whole = (eol) => [START, delta('Hé'), delta('llo'), END, STOP].map((e) => event(e, eol)).join('');

let script; // (res) => void
const seen = [];
const upstream = http.createServer((req, res) => {
    seen.push({ url: req.url, headers: req.headers });
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', () => {
        seen.at(-1).body = Buffer.concat(parts).toString();
        script(res);
    });
});
await new Promise((ok) => upstream.listen(0, '127.0.0.1', ok));
upstream.url = `http://127.0.0.1:${upstream.address().port}`;
const host = new URL(upstream.url).host;
const gate = await startGate({
    models: ['claude'], // principal `one` may use this one too
    deployments: { claude: { model: 'claude-up', backend: 'claude' }, fixed: { model: 'claude-up', backend: 'fixed' } },
    more: [backendRow('demo', 'claude', upstream, { dialect: 'anthropic', auth: 'x-api-key', secret_version: 'v1' }),
        backendRow('demo', 'fixed', upstream, { dialect: 'anthropic', upstream: 'gh_00000000000000fe', api_version: '2026-10-21' })],
    endpoint: { hosted_tools: ['code_execution'] },
    credentials: [{ section: 'bound_key', key: ['installation'], values: { value: `hex:${'5a'.repeat(32)}` } }, { section: 'credential', key: ['demo', 'claude', 'v1'], values: { header: 'x-api-key', value: 'sk-canary', hosts: [host] } }],
});
after(async () => {
    upstream.closeAllConnections?.();
    await new Promise((ok) => upstream.close(ok));
    await gate.stop();
});

function call({ stream = true, model = 'claude', headers = {}, token = undefined, ...more } = {}) {
    const body = JSON.stringify({ model, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }], ...(stream ? { stream } : {}), ...more });
    return gate.call({ method: 'POST', path: '/workspaces/demo/endpoints/chat/anthropic/v1/messages', headers: { ...gate.auth(token), 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }, body });
}
const streamed = (write) => (res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    return write(res);
};
const text = (got) => [...got.text.matchAll(/^data: ?(.*)$/gm)].map((m) => JSON.parse(m[1])).filter((e) => e.type === 'content_block_delta').map((e) => e.delta.text).join('');
const byByte = async (res) => {
    for (const byte of Buffer.from(whole())) {
        res.write(Buffer.from([byte]));
        await new Promise(setImmediate);
    }
    res.end();
};

/** What the backend sends -> how the call ends, and what of it the caller reads. */
const good = {
    'a stream as it should be': (res) => res.end(whole()),
    'one byte at a time': byByte,
    'lines that end in CRLF': (res) => res.end(whole('\r\n')),
    'comments between the events': (res) => res.end(whole().replaceAll('\n\n', '\n\n: still here\n\n')),
    'all events in one piece, and pings': (res) => res.end(event({ type: 'ping' }) + whole()),
};
for (const [what, write] of Object.entries(good))
    test(`${what}: passes, with its usage recorded`, async () => {
        script = streamed(write);
        const got = await call();
        assert.equal(got.status, 200);
        assert.equal(text(got), 'Héllo');
        const close = gate.recordsOf(got).at(-1);
        assert.deepEqual([close.end, close.input_tokens, close.output_tokens, close.controls.stream.result], ['complete', 7, 5, 'passed']);
    });

test('a stream that tells no usage is complete, and recorded as that', async () => {
    script = streamed((res) => res.end([{ ...START, message: { content: [] } }, delta('x'), STOP].map((e) => event(e)).join('')));
    const close = gate.recordsOf(await call()).at(-1);
    assert.deepEqual([close.end, close.input_tokens, close.controls.usage], ['complete', undefined, { result: 'not run', reason: 'backend told none' }]);
});

const cut = {
    'a stream that ends early': [(res) => res.end(event(START) + event(delta('Hé'))), 'upstream gone'],
    'an event whose name and type differ': [(res) => res.end(event(START) + event(delta('Hé')) + `event: ping\ndata: ${JSON.stringify(delta('hidden'))}\n\n` + event(STOP)), 'cut'],
    'an event that is not JSON': [(res) => res.end(event(START) + event(delta('Hé')) + 'event: content_block_delta\ndata: {"hidden\n\n' + event(STOP)), 'cut'],
    'an event of another dialect': [(res) => res.end(event(START) + event(delta('Hé')) + 'data: [DONE]\n\n'), 'cut'],
};
for (const [what, [write, end]] of Object.entries(cut))
    test(`${what}: ends in an error that Anthropic's clients raise`, async () => {
        script = streamed(write);
        const got = await call();
        assert.match(got.text, /\nevent: error\ndata: \{"type":"error","error":\{"type":"api_error"/);
        assert.doesNotMatch(got.text, /hidden|message_stop/);
        assert.match(text(got), /^Hé/);
        assert.equal(gate.recordsOf(got).at(-1).end, end);
    });

test('an error of the backend in mid-stream reaches the caller', async () => {
    script = streamed((res) => res.end(event(START) + event({ type: 'error', error: { type: 'overloaded_error', message: 'busy' } })));
    assert.match((await call()).text, /overloaded_error/);
});

test('an answer that is not a message is refused', async () => {
    script = (res) => res.writeHead(200, { 'content-type': 'application/json' }).end('{"choices":[]}');
    const got = await call({ stream: false });
    assert.equal(got.status, 502);
    assert.equal(got.json.error.type, 'api_error');
});

test('the backend is told its own key and a version, and none of the betas', async () => {
    script = (res) => res.writeHead(200, { 'content-type': 'application/json', 'anthropic-ratelimit-requests-remaining': '7', 'anthropic-organization-id': 'org', 'request-id': 'theirs' })
        .end(JSON.stringify({ type: 'message', content: [], usage: { input_tokens: 1, output_tokens: 1 } }));
    const got = await call({ stream: false, headers: { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'files-api-2025-04-14' } });
    const { url, headers } = seen.at(-1);
    assert.equal(url, '/v1/messages');
    assert.deepEqual([headers['x-api-key'], headers.authorization, headers['anthropic-version'], headers['anthropic-beta']], ['sk-canary', undefined, '2026-10-21', undefined]);
    assert.equal(got.headers['anthropic-ratelimit-requests-remaining'], '7');
    assert.equal(got.headers['anthropic-organization-id'], undefined);
    assert.equal(got.headers['request-id'], got.headers['x-request-id']);
    await call({ stream: false });
    assert.equal(seen.at(-1).headers['anthropic-version'], '2023-06-01');
    await call({ stream: false, model: 'fixed', headers: { 'anthropic-version': '2023-06-01' } });
    assert.deepEqual([seen.at(-1).headers['anthropic-version'], seen.at(-1).headers['x-api-key'], seen.at(-1).url], ['2026-10-21', undefined, '/v1/messages']);
});

test('a container of the provider belongs to whose call made it, whole and streamed; files of others are not there', async () => {
    const tools = [{ type: 'code_execution_20250825', name: 'code_execution' }];
    const ran = { type: 'server_tool_use', id: 's1', name: 'bash_code_execution', input: {} };
    const container = { id: 'container_theirs', expires_at: '2030-01-01T00:00:00Z' };
    script = (res) => res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ type: 'message', content: [ran], container, usage: { input_tokens: 1, output_tokens: 1 } }));
    const first = await call({ stream: false, tools });
    assert.equal(first.status, 200, first.text);
    const { id } = first.json.container;
    assert.notEqual(id, 'container_theirs');
    assert.equal((await call({ stream: false, tools, container: id })).status, 200);
    assert.equal(JSON.parse(seen.at(-1).body).container, 'container_theirs');
    const n = seen.length;
    for (const [what, more] of Object.entries({
        "the provider's own id": { container: 'container_theirs' }, 'another caller': { container: id, token: gate.jwt({ sub: 'one', oid: 'one' }) },
        'a file': { messages: [{ role: 'user', content: [{ type: 'container_upload', file_id: 'file_1' }] }] } })) {
        const got = await call({ stream: false, tools, ...more });
        assert.equal(got.status, 404, what);
    }
    assert.equal(seen.length, n, 'none of them reached the backend');
    script = streamed((res) => res.end([START, { type: 'content_block_start', index: 0, content_block: ran }, { ...END, delta: { ...END.delta, container } }, STOP].map((e) => event(e)).join('')));
    const got = await call({ tools });
    assert.doesNotMatch(got.text, /container_theirs/);
    assert.match(got.text, /message_stop/);
});

test('a tool that the provider runs and nobody declared ends the call', async () => {
    script = streamed((res) => res.end([START, { type: 'content_block_start', index: 0, content_block: { type: 'server_tool_use', id: 's', name: 'web_search', input: {} } }, END, STOP].map((e) => event(e)).join('')));
    const got = await call();
    assert.doesNotMatch(got.text, /message_stop/);
    assert.match(got.text, /event: error/);
});
