// SPDX-License-Identifier: Apache-2.0
// The output guard through unmodified official clients: what they see of an answer in which something was taken out, that was cut, or that ended
// in an error; placeholders and back; properties of an endpoint and what they change; `gatehouse dlp scan`.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import http from 'node:http';
import { after, test } from 'node:test';
import { BINARY, canary, freshName, makePlace, settles, sharedInstallation } from './harness.mjs';

const gate = sharedInstallation();
const letters = freshName('Q7').replace(/[^a-z0-9]/gi, '').padEnd(10, 'x');
const KEY = canary(`sk-proj-Abc123Def456Ghi789Jkl012Mno${letters}`);
const EMAIL = canary(`jane.${letters.toLowerCase()}@example.com`);

let said;
const seen = [];
const sse = (e) => `${e.type ? `event: ${e.type}\n` : ''}data: ${typeof e === 'string' ? e : JSON.stringify(e)}\n\n`;
const chunk = (delta, finish_reason = null) => ({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason }] });
const openai = (text, stream) =>
    stream
        ? [...text.map((content) => chunk({ content })), chunk({}, 'stop'), { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } }, '[DONE]'].map(sse)
        : { id: 'c1', object: 'chat.completion', created: 1, model: 'm', choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: text.join('') } }], usage: { prompt_tokens: 1, completion_tokens: 1 } };
const anthropic = (text, stream) =>
    stream
        ? [
              { type: 'message_start', message: { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [], stop_reason: null, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } } },
              { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
              ...text.map((t) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: t } })),
              { type: 'content_block_stop', index: 0 },
              { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } },
              { type: 'message_stop' },
          ].map(sse)
        : { id: 'm', type: 'message', role: 'assistant', model: 'm', content: [{ type: 'text', text: text.join('') }], stop_reason: 'end_turn', stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } };
const server = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', () => {
        const asked = JSON.parse(Buffer.concat(parts).toString());
        seen.push(asked);
        const answer = (req.url.endsWith('/messages') ? anthropic : openai)(said, asked.stream);
        res.writeHead(200, { 'content-type': asked.stream ? 'text/event-stream' : 'application/json' });
        res.end(asked.stream ? answer.join('') : JSON.stringify(answer));
    });
});
await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
after(() => (server.closeAllConnections?.(), new Promise((ok) => server.close(ok))));
const upstream = { url: `http://127.0.0.1:${server.address().port}/v1` };

const place = await makePlace(gate, { upstream, models: ['m'] });
await gate.put(`${place.at}/backends/claude`, { url: upstream.url, dialect: 'anthropic', auth: 'none' });
await gate.put(`${place.at}/endpoints/ep/deployments/claude`, { model: 'claude', backend: 'claude' });
const user = (content) => [{ role: 'user', content }];

/** The endpoint with this guard, in force. */
async function guard(dlp, more = {}) {
    await gate.put(`${place.at}/endpoints/ep`, { publicNetworkAccess: 'Enabled', dlp, ...more });
    said = ['probe', ` ${dlp.blockList?.[0] ?? EMAIL} end`];
    await settles('the policy', async () => {
        const got = await place.chat('m', { body: { messages: user('x') } });
        const text = got.json?.choices?.[0]?.message?.content;
        return dlp.blockList || dlp.output?.all !== 'log' ? text !== said.join('') : got.status === 200;
    });
    seen.length = 0;
}
async function library(name) {
    try {
        return await import(name);
    } catch (e) {
        if (e.code !== 'ERR_MODULE_NOT_FOUND') throw e;
        return null;
    }
}
const lines = [
    ['openai 6', await library('openai')],
    ['openai 7', await library('openai-next')],
];
const clientOf = (lib) => new lib.OpenAI({ baseURL: place.openaiBase, apiKey: place.caller.token });
const skip = (lib) => (lib ? false : `needs node 22, this is ${process.version}`);
async function read(stream) {
    const chunks = [];
    for await (const c of stream) chunks.push(c);
    return chunks;
}

for (const [line, lib] of lines)
    test(`${line}: an answer in which something was taken out, whole and streamed`, { skip: skip(lib) }, async () => {
        await guard({ output: { all: 'redact' } });
        said = ['Write to ', EMAIL.slice(0, 9), EMAIL.slice(9), `, key ${KEY}`, ' bye'];
        const whole = await clientOf(lib).chat.completions.create({ model: 'm', messages: user('x') });
        assert.equal(whole.choices[0].message.content, 'Write to [EMAIL_1], key [PROVIDER_KEY_1] bye');
        const chunks = await read(await clientOf(lib).chat.completions.create({ model: 'm', messages: user('x'), stream: true }));
        assert.equal(chunks.map((c) => c.choices[0]?.delta?.content ?? '').join(''), 'Write to [EMAIL_1], key [PROVIDER_KEY_1] bye');
        assert.equal(chunks.at(-1).choices[0].finish_reason, 'stop');
        const record = await gate.record('close', (r) => r.kind === 'close' && r.dlp_found?.startsWith('out email'));
        assert.equal(record.controls.dlp.result, 'changed');
        assert.ok(!JSON.stringify(record).includes(EMAIL));
    });

for (const [line, lib] of lines)
    test(`${line}: a stream that is cut ends with content_filter; a strict one raises an APIError`, { skip: skip(lib) }, async () => {
        await guard({ output: { all: 'cut' } });
        said = ['Sure: ', KEY.slice(0, 12), KEY.slice(12), ' bye'];
        const chunks = await read(await clientOf(lib).chat.completions.create({ model: 'm', messages: user('x'), stream: true }));
        assert.equal(chunks.map((c) => c.choices[0]?.delta?.content ?? '').join(''), 'Sure: ');
        assert.equal(chunks.at(-1).choices[0].finish_reason, 'content_filter');
        await guard({ output: { all: 'block' } });
        said = ['Sure: ', KEY.slice(0, 12), KEY.slice(12), ' bye'];
        let text = '';
        const e = await (async () => {
            for await (const c of await clientOf(lib).chat.completions.create({ model: 'm', messages: user('x'), stream: true })) text += c.choices[0]?.delta?.content ?? '';
        })().then(() => assert.fail('it went through'), (e) => e);
        assert.ok(e instanceof lib.APIError, String(e));
        assert.equal(e.code, 'content_filter');
        assert.ok(!text.includes('sk-'), 'no byte of it');
        const before = seen.length;
        const whole = await clientOf(lib).chat.completions.create({ model: 'm', messages: user('x') }).then(() => assert.fail('it went through'), (e) => e);
        assert.ok(whole instanceof lib.BadRequestError && whole.code === 'content_filter', String(whole));
        assert.equal(seen.length, before + 1, 'asked once');
    });

for (const name of ['anthropic-0', 'anthropic-1'])
    test(`${name}: taken out, cut, blocked`, async () => {
        const lib = await import(name);
        const client = new lib.Anthropic({ baseURL: `${gate.url}${place.endpoint}/anthropic`, authToken: place.caller.token, apiKey: null });
        const ask = { model: 'claude', max_tokens: 9, messages: user('x') };
        await guard({ output: { all: 'redact' } });
        said = ['Write to ', EMAIL.slice(0, 9), EMAIL.slice(9), ' bye'];
        assert.equal((await client.messages.create(ask)).content[0].text, 'Write to [EMAIL_1] bye');
        assert.equal((await client.messages.stream(ask).finalMessage()).content[0].text, 'Write to [EMAIL_1] bye');
        await guard({ output: { all: 'cut' } });
        said = ['Sure: ', KEY, ' bye'];
        const cut = await client.messages.stream(ask).finalMessage();
        assert.deepEqual([cut.content[0].text, cut.stop_reason], ['Sure: ', 'refusal']);
        await guard({ output: { all: 'block' } });
        said = ['Sure: ', KEY, ' bye'];
        const e = await client.messages.stream(ask).finalMessage().then(() => assert.fail('it went through'), (e) => e);
        assert.ok(e instanceof lib.APIError, String(e));
    });

test('placeholders towards the backend, and back for the caller', async () => {
    await guard({ input: { all: 'redact' }, output: { all: 'log' }, reversible: true });
    const lib = await import('openai');
    await settles('it is in force', async () => {
        said = ['ok'];
        seen.length = 0;
        await place.chat('m', { body: { messages: user(`Write to ${EMAIL}.`) } });
        return seen.at(-1)?.messages[0].content === 'Write to [EMAIL_1].';
    });
    said = ['I wrote to [EMA', 'IL_1].'];
    const chunks = await read(await clientOf(lib).chat.completions.create({ model: 'm', messages: user(`Write to ${EMAIL}.`), stream: true }));
    assert.equal(chunks.map((c) => c.choices[0]?.delta?.content ?? '').join(''), `I wrote to ${EMAIL}.`);
});

test('what an endpoint says of its guard is checked', async () => {
    const at = `${place.at}/endpoints/ep`;
    for (const dlp of [{ output: 'redact' }, { output: { passport: 'log' } }, { input: { email: 'hide' } }, { blockCategories: ['violence'] }, { canary: 'not-planted-1' }, { allowedHosts: ['https://x'] }]) {
        const got = await gate.api('PUT', at, { publicNetworkAccess: 'Enabled', dlp });
        assert.equal(got.status, 400, JSON.stringify(dlp));
        assert.match(got.text, /dlp/);
    }
    await guard({ output: { all: 'log', blocked_term: 'redact' }, blockList: ['Project Falcon', 'Überflieger'] });
    said = ['PROJECT\nfalcon, projects, ÜBERFLIEGER'];
    const got = await place.chat('m', { body: { messages: user('x') } });
    assert.equal(got.json.choices[0].message.content, '[BLOCKED_TERM_1], projects, [BLOCKED_TERM_2]');
});

test('gatehouse dlp scan: findings by bytes of the text, in order, and a status', () => {
    const tool = BINARY;
    const texts = ['Grüße an jane.doe@example.com!', 'nothing', 'card 4111111111111111'];
    const out = execFileSync(tool, ['dlp', 'scan', '--jsonl'], { input: texts.map((text, id) => JSON.stringify({ id, text })).join('\n') }).toString().trim().split('\n').map((l) => JSON.parse(l));
    assert.deepEqual(out.map((o) => o.id), [0, 1, 2]);
    assert.deepEqual(out.map((o) => o.findings.map((f) => [f.type, Buffer.from(texts[o.id]).subarray(f.start, f.end).toString()])), [[['email', 'jane.doe@example.com']], [], [['card', '4111111111111111']]]);
    const bad = spawnSync(tool, ['dlp', 'scan', '--jsonl'], { input: '{"id":"a"}\n{"id":7,"text":"x"}\n{"id":"b","text":"\\ud800"}\n{' });
    assert.equal(bad.status, 2);
    const told = bad.stdout.toString().trim().split('\n').map((l) => JSON.parse(l));
    assert.deepEqual(told.map((l) => Object.keys(l).join()), ['id,error', 'id,findings', 'id,error', 'id,error']);
    assert.deepEqual(told.map((l) => l.id), ['a', 7, 'b', null], 'a line that is no JSON keeps its id, where that can be read');
    const much = spawnSync(tool, ['dlp', 'scan', '--jsonl'], { input: `${JSON.stringify({ id: 'more', text: 'a'.repeat(17 << 20) })}\n{"id":"next","text":"x"}\n` });
    assert.equal(much.status, 2);
    assert.deepEqual(much.stdout.toString().trim().split('\n').map((l) => JSON.parse(l)), [{ id: null, error: 'the line is longer than can be read' }, { id: 'next', findings: [] }]);
    assert.equal(spawnSync(tool, ['dlp', 'scan', '--jsonl'], { input: '{"id":1,"text":"x"}', env: { ...process.env, GATEHOUSE_LIBEXEC: '/nonexistent' } }).status, 2, 'without its database it says so');
});
