// SPDX-License-Identifier: Apache-2.0
// Streamed answers: passed on event by event, understood, usage read and hidden from who did not ask, and always with an end that can be told.
import assert from 'node:assert/strict';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { ANSWER, BEHAVIOURS, startUpstream } from '../e2e/mock.mjs';
import { backendRow, eventually, startGate } from './gate.mjs';

const upstream = await startUpstream();
const gate = await startGate({ models: BEHAVIOURS, backend: backendRow('demo', 'mock', upstream, { timeout_ms: 1500 }) });
after(async () => (await gate.stop(), upstream.close()));

const events = (text) => text.split(/\r\n\r\n|\n\n|\r\r/).filter((e) => /^data:|\ndata:|\rdata:/m.test(e)).map((e) => e.split(/\r\n|\n|\r/).filter((l) => l.startsWith('data:')).map((l) => l.slice(5).trimStart()).join('\n'));
const said = (list) => list.filter((e) => e !== '[DONE]').map((e) => JSON.parse(e).choices?.[0]?.delta?.content ?? '').join('');
const close = (got) => eventually('a close record', () => gate.recordsOf(got).find((r) => r.kind === 'close'));

const GOOD = ['stream', 'stream-bytes', 'stream-crlf', 'stream-cr', 'stream-one-write', 'stream-comments', 'stream-usage-first'];
for (const version of [1, 2])
    for (const surface of ['openai', 'azure'])
        for (const model of GOOD)
            for (const asks of [false, true])
                test(`HTTP/${version} ${surface}: ${model}, usage ${asks ? 'asked for' : 'hidden'}`, async () => {
                    const got = await gate.chat(model, { version, surface, stream: true, body: asks ? { stream_options: { include_usage: true } } : {} });
                    assert.equal(got.status, 200, got.text);
                    assert.equal(got.headers['content-type'], 'text/event-stream');
                    const list = events(got.text);
                    assert.equal(list.at(-1), '[DONE]');
                    assert.equal(said(list), ANSWER);
                    const withUsage = list.filter((e) => e !== '[DONE]' && 'usage' in JSON.parse(e));
                    if (!asks)
                        assert.deepEqual(withUsage, []);
                    else
                        assert.equal(withUsage.filter((e) => JSON.parse(e).usage).length, 1);
                    assert.equal(JSON.parse(upstream.last().text).stream_options.include_usage, true);
                    const record = await close(got);
                    assert.deepEqual([record.end, record.input_tokens, record.output_tokens, record.stream], ['complete', 11, 9, 1]);
                });
test('a stream without usage is passed on, and the record says so', async () => {
    const got = await gate.chat('stream-no-usage', { stream: true });
    assert.equal(said(events(got.text)), ANSWER);
    const record = await close(got);
    assert.equal(record.end, 'complete');
    assert.equal(record.output_tokens, undefined);
});

const BROKEN = { 'stream-no-done': 'upstream gone', 'stream-truncated': 'upstream gone', 'stream-garbage': 'cut', 'stream-long-line': 'cut' };
for (const version of [1, 2])
    for (const [model, end] of Object.entries(BROKEN))
        test(`HTTP/${version}: ${model} ends with an error event (${end})`, async () => {
            const got = await gate.chat(model, { version, stream: true });
            assert.equal(got.status, 200);
            assert.ok(got.isComplete, 'a proper end');
            const list = events(got.text);
            assert.ok(!list.includes('[DONE]'));
            assert.ok(JSON.parse(list.at(-1)).error.message);
            assert.equal((await close(got)).end, end);
            assert.equal((await gate.chat('json', { version })).status, 200);
        });
test('what is no stream is not passed on as one', async () => {
    for (const [model, stream] of [['json', true], ['html', true], ['gzip', true]])
        assert.equal((await gate.chat(model, { stream })).status, 502, model);
});
test('each event goes on at once', async () => {
    const times = [];
    await new Promise((done, fail) => {
        const body = JSON.stringify({ model: 'stream-paced', stream: true, messages: [{ role: 'user', content: 'x' }] });
        const req = https.request({ ...gate.origin, agent: false, method: 'POST', path: '/workspaces/demo/endpoints/chat/openai/v1/chat/completions', headers: { ...gate.auth(), 'content-type': 'application/json' } }, (res) => {
            res.on('data', () => times.push(Date.now()));
            res.on('end', done);
        });
        req.on('error', fail);
        req.end(body);
    });
    const gaps = times.slice(1).map((t, i) => t - times[i]).filter((g) => g > 50);
    assert.ok(gaps.length >= 5, `gaps ${gaps}`);
});
test('a stream is cut when its caller may no longer have it, and only then', async () => {
    const paced = (token) => gate.chat('stream-paced', { stream: true, token });
    const revoke = (iss, jti) => {
        gate.write('overlay', [{ section: 'revoked', key: [iss, jti], values: { until_ms: Date.now() + 864e5 } }]);
        gate.publish();
    };
    const kept = paced();
    await sleep(250);
    revoke('nobody', 'else');
    assert.equal(events((await kept).text).at(-1), '[DONE]', 'another change is none of its business');
    const cut = paced(gate.jwt({ jti: 'withdrawn' }));
    await sleep(250);
    revoke('https://login.gatehouse.localhost/00000000-0000-0000-0000-000000000001/v2.0', 'withdrawn');
    const got = await cut;
    assert.ok(got.isComplete);
    const list = events(got.text);
    assert.ok(list.length > 1 && !list.includes('[DONE]'));
    assert.ok(JSON.parse(list.at(-1)).error);
    const record = await close(got);
    assert.deepEqual([record.end, record.reason], ['cut', 'access was withdrawn']);
});
test('a stream is cut when its endpoint is switched off', async () => {
    const endpoint = (enabled) => ({ section: 'endpoint', key: ['demo', 'chat'], values: {
        enabled, audiences: [], keys_allowed: 1, tokens_allowed: 1, max_body_bytes: 0, deployments: ['stream-paced'], is_public: 1 } });
    const running = gate.chat('stream-paced', { stream: true });
    await sleep(250);
    gate.write('overlay', [endpoint(0)]);
    gate.publish();
    const got = await running;
    gate.write('overlay', []);
    gate.publish();
    assert.ok(!events(got.text).includes('[DONE]'));
    assert.equal((await close(got)).reason, 'access was withdrawn');
    await eventually('it answers again', async () => (await gate.chat('json')).status === 200);
});
test('an endless stream ends with its caller', async () => {
    await new Promise((done, fail) => {
        const body = JSON.stringify({ model: 'stream-endless', stream: true, messages: [{ role: 'user', content: 'x' }] });
        const req = https.request({ ...gate.origin, agent: false, method: 'POST', path: '/workspaces/demo/endpoints/chat/openai/v1/chat/completions', headers: { ...gate.auth(), 'content-type': 'application/json' } }, (res) => {
            res.once('data', () => setTimeout(() => (req.destroy(), done()), 200));
        });
        req.on('error', (e) => (e.code === 'ECONNRESET' ? done() : fail(e)));
        req.end(body);
    });
    const record = await eventually('client gone', () => gate.records().find((r) => r.kind === 'close' && r.model === 'stream-endless' && r.end === 'client gone'));
    assert.ok(record.response_bytes > 0);
    await eventually('the backend is told', () => upstream.requests.at(-1).aborted);
});
test('a caller that does not read holds the backend back, not our memory', async () => {
    const body = JSON.stringify({ model: 'stream-flood', stream: true, messages: [{ role: 'user', content: 'x' }] });
    const flood = await startFlood();
    const one = await startGate({ models: ['stream-flood'], backend: backendRow('demo', 'mock', flood) });
    let res;
    const req = https.request({ ...one.origin, agent: false, method: 'POST', path: '/workspaces/demo/endpoints/chat/openai/v1/chat/completions', headers: { ...one.auth(), 'content-type': 'application/json' } }, (r) => ((res = r), r.pause()));
    req.on('error', () => {});
    req.end(body);
    await eventually('an answer begins', () => res);
    await sleep(1500);
    const written = flood.written;
    assert.ok(written < 24 << 20, `the backend could write ${written} bytes`);
    let got = 0;
    res.on('data', (d) => (got += d.length));
    res.resume();
    await eventually('it goes on', () => got > written, { withinMs: 15000 });
    req.destroy();
    await one.stop();
    flood.close();
});

async function startFlood() {
    const http = await import('node:http');
    const event = `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'y'.repeat(4000) }, finish_reason: null }] })}\n\n`;
    const flood = { written: 0 };
    const server = http.createServer(async (req, res) => {
        req.resume();
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        while (!res.destroyed && flood.written < 48 << 20) {
            flood.written += event.length;
            if (!res.write(event))
                await new Promise((ok) => (res.once('drain', ok), res.once('close', ok)));
        }
        res.end('data: [DONE]\n\n');
    });
    await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
    flood.url = `http://127.0.0.1:${server.address().port}`;
    flood.close = () => (server.closeAllConnections(), server.close());
    return flood;
}
