// SPDX-License-Identifier: Apache-2.0
// Reloads and ends: a stream outlives a reload; one that is still there when its worker must go ends with an error event and its record, not
// with a connection that breaks. And what a worker holds of long answers has a bound for all of them together.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { backendRow, eventually, isSanitized, startGate } from './gate.mjs';

const event = (content) => `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
/** model "events N": one event each 100 ms, N of them, then the end; "silent": one event, then nothing; "held": 15 MiB of an answer, then nothing. */
let streamsBegun = 0;
async function startBackend() {
    const server = http.createServer(async (req, res) => {
        const parts = [];
        for await (const p of req)
            parts.push(p);
        const [what, n] = JSON.parse(Buffer.concat(parts).toString()).model.split(' ');
        if (what === 'held') {
            res.writeHead(200, { 'content-type': 'application/json' });
            res.write('{"choices":[{"message":{"content":"' + 'x'.repeat(15 << 20));
            return;
        }
        if (what === 'json') {
            const text = JSON.stringify({ id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'here' } }] });
            return void (res.writeHead(200, { 'content-type': 'application/json' }), res.end(text));
        }
        res.writeHead(200, { 'content-type': 'text/event-stream' });
        streamsBegun++;
        for (let i = 0; i < (what === 'silent' ? 1 : Number(n)) && !res.destroyed; i++) {
            res.write(event(`${i} `));
            await sleep(100);
        }
        if (what === 'events')
            res.end('data: [DONE]\n\n');
    });
    await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
    return { url: `http://127.0.0.1:${server.address().port}`, close: () => (server.closeAllConnections(), server.close()) };
}
/** Streams that are with the worker of now, whatever the machine is doing: one that came after a reload would never have to go. */
async function running(start) {
    const before = streamsBegun,
        all = start();
    await eventually('each has begun', () => streamsBegun === before + all.length);
    await sleep(100);
    return { all };
}
const backend = await startBackend();
after(() => backend.close());
const NAMES = { long: 'events 40', short: 'events 25', silent: 'silent', json: 'json', held: 'held' };
const begin = () => startGate({ deployments: Object.fromEntries(Object.entries(NAMES).map(([k, model]) => [k, { model, backend: 'mock' }])), backend: backendRow('demo', 'mock', backend, { timeout_ms: 30000 }) });
const events = (text) => text.split('\n\n').filter((e) => e.startsWith('data:')).map((e) => e.slice(6));
const closeOf = (gate, got) => eventually('a close record', () => gate.recordsOf(got).find((r) => r.kind === 'close'));
const patience = (gate, value) => {
    const conf = path.join(gate.data, 'edge/nginx.conf');
    fs.writeFileSync(conf, fs.readFileSync(conf, 'utf8').replace(/worker_shutdown_timeout \w+;/, `worker_shutdown_timeout ${value};`));
};
const workers = (gate) => fs.readFileSync(`/proc/${gate.nginx.pid}/task/${gate.nginx.pid}/children`, 'utf8').split(' ').filter(Boolean);
const reloaded = async (gate) => {
    const before = workers(gate);
    gate.nginx.kill('SIGHUP');
    await eventually('another worker', async () => workers(gate).some((p) => !before.includes(p)) && (await gate.chat('json')).status === 200);
};
const alone = { skip: isSanitized && 'a process without a master does not reload' };

test('a stream outlives a reload, and others are served by the new worker meanwhile', alone, async () => {
    const gate = await begin();
    for (const version of [1, 2]) {
        const stream = gate.chat('long', { stream: true, version });
        await sleep(300);
        await reloaded(gate);
        await sleep(200);
        await reloaded(gate);
        assert.ok(workers(gate).length > 1, 'the first worker still has it');
        const got = await stream;
        assert.equal(events(got.text).length, 41);
        assert.equal(events(got.text).at(-1), '[DONE]');
        assert.deepEqual([(await closeOf(gate, got)).end, got.isComplete], ['complete', true]);
    }
    await gate.stop();
});

test('what is still there when the old worker must go ends with an error event', alone, async () => {
    const gate = await begin();
    patience(gate, '3s');
    await reloaded(gate);
    await eventually('the workers of before are gone', () => workers(gate).length === 1);
    const { all: streams } = await running(() => [1, 2].flatMap((version) => ['long', 'silent'].map((name) => gate.chat(name, { stream: true, version }))));
    await reloaded(gate);
    for (const got of await Promise.all(streams)) {
        assert.ok(got.isComplete, 'a proper end');
        const list = events(got.text);
        assert.ok(list.length > 1 && !list.includes('[DONE]'));
        assert.ok(JSON.parse(list.at(-1)).error.message);
        const record = await closeOf(gate, got);
        assert.deepEqual([record.end, record.reason], ['shutdown', 'the gateway shuts down']);
    }
    await gate.stop();
});

test('told to end at once: the same', async () => {
    const gate = await begin();
    const { all: streams } = await running(() => [1, 2].flatMap((version) => ['short', 'silent'].map((name) => gate.chat(name, { stream: true, version }))));
    gate.nginx.kill('SIGTERM');
    for (const got of await Promise.all(streams)) {
        const list = events(got.text);
        assert.ok(JSON.parse(list.at(-1)).error.message, got.text.slice(-300));
        assert.equal((await closeOf(gate, got)).end, 'shutdown');
    }
    await gate.stop();
});

test('answers that are held have a bound together', async () => {
    const gate = await begin();
    const held = Array.from({ length: 9 }, () => gate.chat('held', { timeoutMs: 20_000 }).catch((e) => ({ broken: e })));
    const got = await Promise.race(held);
    assert.equal(got.status, 503, got.text?.slice(0, 300));
    assert.ok(got.json.error.message);
    assert.equal((await closeOf(gate, got)).reason, 'too many long answers are held at once');
    assert.equal((await gate.chat('json')).status, 200, 'a short one has its place');
    backend.close();
    await Promise.all(held);
    const again = await startBackend();
    gate.write('overlay', [backendRow('demo', 'mock', again)]);
    gate.publish();
    await eventually('the new one', async () => (await gate.chat('json')).status === 200);
    const one = gate.chat('held', { timeoutMs: 1000 }).catch((e) => ({ broken: e }));
    assert.ok((await one).broken, 'there is room again: it is held, and nobody answers');
    await gate.stop();
    again.close();
});
