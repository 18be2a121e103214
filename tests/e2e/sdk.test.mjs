// SPDX-License-Identifier: Apache-2.0
// Unmodified official clients, one request all the way through: the echo model of the demo and a mock behind a place of our own.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { canary, eventually, makeCaller, makePlace, sharedInstallation } from './harness.mjs';
import { request2, sseData } from './http.mjs';
import { ANSWER, USAGE, startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, {
    upstream,
    models: ['json', 'echo', 'tools', 'stream', 'stream-paced', 'stream-endless', 'error-400', 'error-429'],
});

const TOOL = { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } } };
const ask = (content = 'Who goes there?') => [{ role: 'user', content }];
const collect = async (stream) => {
    const chunks = [];
    for await (const c of stream) chunks.push(c);
    return chunks;
};
const textOf = (chunks) => chunks.map((c) => c.choices[0]?.delta?.content ?? '').join('');
const status = (wanted) => (e) => (assert.equal(e.status, wanted, e.message), true);

async function library(name) {
    try {
        return await import(name);
    } catch (e) {
        if (e.code !== 'ERR_MODULE_NOT_FOUND') throw e;
        return null;
    }
}
const lines = [
    { line: 'openai 6', lib: await library('openai') },
    { line: 'openai 7', lib: await library('openai-next'), skip: `needs node 22, this is ${process.version}` },
];

/** The two ways to reach one endpoint: [name, make a client, model of a call]. */
const ways = (lib) => [
    ['OpenAI', (o = {}) => new lib.OpenAI({ baseURL: place.openaiBase, apiKey: place.caller.token, maxRetries: 0, ...o })],
    [
        'AzureOpenAI',
        (o = {}) =>
            new lib.AzureOpenAI({
                endpoint: place.azureEndpoint,
                apiVersion: '2024-10-21',
                maxRetries: 0,
                azureADTokenProvider: async () => place.caller.token,
                ...o,
            }),
    ],
];

/** Each row: what, and how, with a client of either class. */
const calls = {
    'a chat call gives the answer and its usage': async (client) => {
        const got = await client.chat.completions.create({ model: 'json', messages: ask() });
        assert.equal(got.choices[0].message.content, ANSWER);
        assert.deepEqual(got.usage, USAGE);
    },
    'tools are declared and called': async (client) => {
        const got = await client.chat.completions.create({ model: 'tools', messages: ask(), tools: [TOOL] });
        assert.equal(got.choices[0].finish_reason, 'tool_calls');
        assert.equal(got.choices[0].message.tool_calls[0].function.name, 'weather');
        assert.deepEqual(JSON.parse(upstream.last().text).tools, [TOOL]);
    },
    'a stream without include_usage hides the usage that we ask for': async (client) => {
        const chunks = await collect(await client.chat.completions.create({ model: 'stream', messages: ask(), stream: true }));
        assert.equal(textOf(chunks), ANSWER);
        assert.ok(
            chunks.every((c) => c.usage === undefined && c.choices.length === 1),
            'no usage and no empty chunk',
        );
        assert.equal(JSON.parse(upstream.last().text).stream_options.include_usage, true);
    },
    'a stream with include_usage ends with it': async (client) => {
        const chunks = await collect(
            await client.chat.completions.create({
                model: 'stream',
                messages: ask(),
                stream: true,
                stream_options: { include_usage: true },
            }),
        );
        assert.equal(textOf(chunks), ANSWER);
        assert.deepEqual(chunks.at(-1).usage, USAGE);
    },
    'an aborted stream ends the call to the backend': async (client) => {
        const stream = await client.chat.completions.create({ model: 'stream-endless', messages: ask(), stream: true });
        let n = 0;
        for await (const _ of stream) if (++n === 5) break;
        await eventually('the backend sees the end', () => upstream.last().aborted);
    },
    'the stream helper adds up': async (client) => {
        const done = await client.chat.completions.stream({ model: 'stream', messages: ask() }).finalChatCompletion();
        assert.equal(done.choices[0].message.content, ANSWER);
    },
    'an unknown deployment is 404': async (client) =>
        assert.rejects(client.chat.completions.create({ model: 'nobody', messages: ask() }), status(404)),
    'a body without messages is 400': async (client) => assert.rejects(client.chat.completions.create({ model: 'json' }), status(400)),
    'a refusal of the backend comes through': async (client) => {
        await assert.rejects(
            client.chat.completions.create({ model: 'error-400', messages: ask() }),
            (e) => status(400)(e) && e.param === 'max_tokens',
        );
        await assert.rejects(
            client.chat.completions.create({ model: 'error-429', messages: ask() }),
            (e) => status(429)(e) && e.headers.get('retry-after') === '7',
        );
    },
};

for (const { line, lib, skip } of lines) {
    if (!lib) {
        test(`${line}: all`, { skip }, () => {});
        continue;
    }
    for (const [way, make] of ways(lib)) {
        for (const [what, call] of Object.entries(calls)) test(`${line} ${way}: ${what}`, () => call(make()));
        test(`${line} ${way}: a wrong token is 401`, () =>
            assert.rejects(
                make({
                    apiKey: 'a.b.c',
                    ...(way === 'AzureOpenAI' && { apiKey: undefined, azureADTokenProvider: async () => 'a.b.c' }),
                }).chat.completions.create({ model: 'json', messages: ask() }),
                status(401),
            ));
        test(`${line} ${way}: a refusal by policy is asked once, not three times`, async () => {
            const { token } = await makeCaller(gate);
            let asked = 0;
            const client = make({
                maxRetries: 2,
                apiKey: token,
                fetch: (...a) => (asked++, fetch(...a)),
                ...(way === 'AzureOpenAI' && { apiKey: undefined, azureADTokenProvider: async () => token }),
            });
            await assert.rejects(client.chat.completions.create({ model: 'json', messages: ask() }), status(403));
            assert.equal(asked, 1);
        });
    }
}

const { OpenAI, AzureOpenAI } = lines[0].lib;

test('the demo: the lines that the ready file promises', async () => {
    const { openai_base_url, azure_endpoint, deployment, client_token, api_key } = gate.ready;
    assert.match(openai_base_url, /\/openai\/v1$/);
    assert.match(azure_endpoint, /\/endpoints\/[^/]+$/);
    const byToken = new OpenAI({ baseURL: openai_base_url, apiKey: client_token });
    const byKey = new OpenAI({ baseURL: openai_base_url, apiKey: api_key });
    const azureByKey = new AzureOpenAI({ endpoint: azure_endpoint, apiKey: api_key, apiVersion: '2024-10-21' });
    for (const client of [byToken, byKey, azureByKey]) {
        const got = await client.chat.completions.create({ model: deployment, messages: ask(canary()) });
        assert.ok(got.choices[0].message.content.length > 0);
        assert.ok(got.usage.total_tokens > 0);
    }
});

test('the demo: streams, tool calls and the list of models', async () => {
    const client = new OpenAI({ baseURL: gate.ready.openai_base_url, apiKey: gate.ready.client_token });
    const model = gate.ready.deployment;
    const chunks = await collect(
        await client.chat.completions.create({
            model,
            messages: ask('count to five'),
            stream: true,
            stream_options: { include_usage: true },
        }),
    );
    assert.ok(textOf(chunks).length > 0);
    assert.ok(chunks.at(-1).usage.completion_tokens > 0);
    const tool = await client.chat.completions.create({ model, messages: ask('weather?'), tools: [TOOL], tool_choice: 'required' });
    assert.equal(tool.choices[0].message.tool_calls[0].function.name, 'weather');
    const models = await client.models.list();
    assert.ok(models.data.some((m) => m.id === model));
});

test('a stream reaches the client while the backend still writes', async () => {
    const client = new OpenAI({ baseURL: place.openaiBase, apiKey: place.caller.token });
    const started = Date.now();
    let first;
    for await (const _ of await client.chat.completions.create({ model: 'stream-paced', messages: ask(), stream: true }))
        first ??= Date.now() - started;
    const whole = Date.now() - started;
    assert.ok(whole - first > 500, `first chunk after ${first} ms, all after ${whole} ms`);
});

for (const surface of ['openai', 'azure']) {
    test(`HTTP/2, ${surface}: an answer and a stream`, async () => {
        const one = await place.chat('json', { surface, version: 2, headers: {} });
        assert.equal(one.status, 200);
        assert.equal(one.json.choices[0].message.content, ANSWER);
        const many = await place.chat('stream', { surface, version: 2, body: { stream: true } });
        assert.equal(many.status, 200);
        const data = sseData(many.text);
        assert.equal(data.at(-1), '[DONE]');
        assert.equal(textOf(data.slice(0, -1).map((d) => JSON.parse(d))), ANSWER);
    });
    test(`HTTP/2, ${surface}: refusals`, async () => {
        assert.equal((await place.chat('json', { surface, version: 2, token: 'x.y.z' })).status, 401);
        assert.equal((await place.chat('nobody', { surface, version: 2 })).status, 404);
    });
}

test('calls in parallel do not mix', async () => {
    const texts = Array.from({ length: 24 }, (_, i) => `caller number ${i}`);
    const answers = await Promise.all(
        texts.map((content, i) => place.chat('echo', { version: (i % 2) + 1, body: { messages: [{ role: 'user', content }] } })),
    );
    assert.deepEqual(
        answers.map((a) => a.json.choices[0].message.content),
        texts,
    );
});

test('the client gets a request id and no header of the inside', async () => {
    const got = await place.chat('json');
    assert.ok(got.headers['x-request-id']);
    assert.equal(got.headers['gatehouse-edge'], undefined);
    assert.doesNotMatch(got.headers.server ?? '', /\d/);
    const models = await request2(gate.origin, {
        path: `${place.endpoint}/openai/v1/models`,
        headers: { authorization: `Bearer ${place.caller.token}` },
    });
    assert.deepEqual(models.json.data.map((m) => m.id).sort(), [
        'echo',
        'error-400',
        'error-429',
        'json',
        'stream',
        'stream-endless',
        'stream-paced',
        'tools',
    ]);
});
