// SPDX-License-Identifier: Apache-2.0
// The table operation x control, walked: every route is called, streamed and not, and its records must name each control that the table says
// runs as one that ran. The table comes from the code (limits_doc --walk): a new dialect without an entry here fails.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, test } from 'node:test';
import { backendRow, build, startGate } from './gate.mjs';

const cells = execFileSync(path.join(build, 'tools/limits_doc'), ['--walk']).toString().trim().split('\n').map((l) => JSON.parse(l));

const sse = (events) => events.map((e) => `${e.type ? `event: ${e.type}\n` : ''}data: ${typeof e === 'string' ? e : JSON.stringify(e)}\n\n`).join('');
const CHAT = {
    backend: 'openai', body: { messages: [{ role: 'user', content: 'hi' }] },
    answer: { object: 'chat.completion', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'ho' } }], usage: { prompt_tokens: 1, completion_tokens: 1 } },
    events: [{ choices: [{ index: 0, delta: { content: 'ho' } }] }, { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }, '[DONE]'],
};
const MESSAGES = {
    backend: 'anthropic', body: { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] },
    answer: { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'ho' }], usage: { input_tokens: 1, output_tokens: 1 } },
    events: [{ type: 'message_start', message: { content: [], usage: { input_tokens: 1, output_tokens: 1 } } }, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'ho' } },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } }, { type: 'message_stop' }],
};
const RESPONSE = { id: 'resp_68a', object: 'response', status: 'completed', output: [], usage: { input_tokens: 1, output_tokens: 1 } };
const RESPONSES = {
    backend: 'openai', body: { input: 'hi' }, answer: RESPONSE,
    events: [{ type: 'response.created', response: { ...RESPONSE, usage: null } }, { type: 'response.output_text.delta', delta: 'ho' }, { type: 'response.completed', response: RESPONSE }],
};
/** The id of a response that this caller has stored: made through the gate, as there is no other way to one. */
const STORED = {
    backend: 'openai', answer: RESPONSE,
    id: async (gate) => {
        said = RESPONSE;
        const body = JSON.stringify({ model: 'openai', input: 'hi' });
        const made = await gate.call({ method: 'POST', path: '/workspaces/demo/endpoints/chat/openai/v1/responses', headers: { ...gate.auth(), 'content-type': 'application/json', 'content-length': body.length }, body });
        return made.json.id;
    },
};
const EMBEDDINGS = { backend: 'openai', body: { input: 'hi' }, answer: { object: 'list', data: [], usage: { prompt_tokens: 1, total_tokens: 1 } } };

const SCORE = { backend: 'scoring', isModelOutside: true, body: { data: ['x'] }, answer: [0.5], headers: { 'azureml-model-deployment': 'scoring' } };

/** Of each dialect: whose backend, what is asked, what the backend answers, whole and streamed. `path` replaces words of the pattern. */
const entries = {
    'openai chat completions': CHAT,
    'azure openai chat completions': CHAT,
    'openai responses': RESPONSES,
    'azure openai responses': RESPONSES,
    'openai stored response': STORED,
    'azure openai stored response': STORED,
    'openai embeddings': EMBEDDINGS,
    'azure openai embeddings': EMBEDDINGS,
    'anthropic messages': MESSAGES,
    'anthropic count of tokens': { ...MESSAGES, body: { messages: MESSAGES.body.messages }, answer: { input_tokens: 3 } },
    'scoring script': SCORE,
    'mlflow scoring': { ...SCORE, body: { inputs: ['x'] } },
    'kserve v2 inference': { ...SCORE, body: { inputs: [{ name: 't', shape: [1], datatype: 'BYTES', data: ['x'] }] }, answer: { outputs: [] } },
};
/** What answers without a dialect are asked for, by the method of the management API. */
const JUDGED = { body: { userPrompt: 'hi' }, isModelOutside: true, query: '?api-version=2024-09-01' };
const MANAGEMENT = { GET: '/api/workspaces/demo', PUT: '/api/workspaces/demo', POST: '/api/workspaces/demo', DELETE: '/api/workspaces/demo/endpoints/chat' };

let said; // what the backend says to the next call
const upstream = http.createServer((req, res) => {
    req.resume().on('end', () => {
        res.writeHead(200, { 'content-type': typeof said === 'string' ? 'text/event-stream' : 'application/json' });
        res.end(typeof said === 'string' ? said : JSON.stringify(said));
    });
});
await new Promise((ok) => upstream.listen(0, '127.0.0.1', ok));
upstream.url = `http://127.0.0.1:${upstream.address().port}`;
const backends = [...new Set(Object.values(entries).map((e) => e.backend))];
const gate = await startGate({
    deployments: Object.fromEntries(backends.map((b) => [b, { model: 'm', backend: b }])),
    endpoint: { stored: 1, dlp_input: 1, dlp_terms: ['falcon'], shield: 1 + (1 << 2) }, // one that logs nothing, and marks what others wrote
    credentials: [{ section: 'bound_key', key: ['installation'], values: { value: `hex:${'5a'.repeat(32)}` } }],
    more: backends.map((b) => backendRow('demo', b, upstream, { dialect: b })),
});
const control = http.createServer((req, res) => req.resume().on('end', () => res.writeHead(200, { 'content-type': 'application/json', 'content-length': 2 }).end('{}')));
const socket = path.join(gate.data, 'run/management.sock');
await new Promise((ok) => control.listen(socket, ok));
fs.chmodSync(socket, 0o666);
after(async () => {
    for (const server of [control, upstream]) {
        server.closeAllConnections?.();
        await new Promise((ok) => server.close(ok));
    }
    await gate.stop();
});

async function call({ method, pattern, dialect, way }) {
    const entry = entries[dialect] ?? (pattern.includes('/contentsafety/text:') ? JUDGED : undefined);
    const isManaged = pattern.startsWith('/api');
    const dep = entry?.backend ?? (pattern.includes('/anthropic/') ? 'anthropic' : 'openai');
    const names = { '{ws}': 'demo', '{ep}': 'chat', '{dep}': dep, '{id}': await entry?.id?.(gate), '**': 'x', ...entry?.path };
    const where = isManaged ? MANAGEMENT[method] : pattern.split('/').map((word) => names[word] ?? word).join('/') + (entry?.query ?? '');
    const body = entry?.body && method === 'POST' ? JSON.stringify({ ...entry.body, ...(entry.isModelOutside ? {} : { model: dep }), ...(way === 'stream' ? { stream: true } : {}) }) : undefined;
    said = way === 'stream' ? sse(entry.events) : entry?.answer;
    const length = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return gate.call({ method: method === 'any' ? 'POST' : method, path: where, headers: { ...gate.auth(isManaged ? gate.jwt({ sub: 'admin', oid: 'admin' }) : undefined), ...length, ...entry?.headers }, body });
}

for (const cell of cells)
    test(`${cell.method} ${cell.pattern} (${cell.dialect || cell.way}, ${cell.way})`, async () => {
        assert.ok(cell.dialect === '' || entries[cell.dialect], `the dialect "${cell.dialect}" has no entry in this walk`);
        const got = await call(cell);
        assert.equal(got.status, cell.way === 'refused' ? 400 : 200, got.text ?? JSON.stringify(got.json));
        const records = gate.recordsOf(got);
        assert.deepEqual(records.map((r) => r.kind), cell.way === 'refused' ? ['refused'] : ['open', 'close']);
        const ran = records.at(-1).controls;
        for (const [name, runs] of Object.entries(cell.controls))
            assert.ok(!runs || ran[name].result !== 'not run', `${name} runs on this call, and did not`);
        if (cell.dialect !== '')
            assert.equal(ran[cell.way === 'stream' ? 'response' : 'stream'].result, 'not run');
    });

test('the walk knows no dialect that is not there', () => {
    const there = new Set(cells.map((c) => c.dialect));
    assert.deepEqual(Object.keys(entries).filter((name) => !there.has(name)), []);
});
