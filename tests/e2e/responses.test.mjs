// SPDX-License-Identifier: Apache-2.0
// OpenAI's other dialects by the unmodified official client, both classes: responses with what is stored of them, embeddings, models, and what
// is refused by name; each corner of a stream; and that nobody reaches what another caller stored.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { eventually, makeCaller, makePlace, sharedInstallation } from './harness.mjs';
import { request2 } from './http.mjs';
import { SAID, VECTOR } from './mock-openai.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const CORNERS = ['stream-bytes', 'stream-crlf', 'stream-one-write', 'stream-comments', 'stream-no-usage', 'stream-usage-first'];
const place = await makePlace(gate, {
    upstream,
    models: ['json', 'stream', 'tools', 'stream-no-done', 'stream-truncated', 'stream-error', 'stream-paced', 'error-429', ...CORNERS],
});
const other = await makeCaller(gate, { scope: place.at });
const { default: OpenAI, AzureOpenAI } = await import('openai');

const TOOL = { type: 'function', name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } }, strict: false };
const plain = (token = place.caller.token) => new OpenAI({ baseURL: place.openaiBase, apiKey: token, maxRetries: 0 });
const azure = (token = place.caller.token) =>
    new AzureOpenAI({ endpoint: place.azureEndpoint, apiVersion: '2025-04-01-preview', maxRetries: 0, azureADTokenProvider: async () => token });
const ways = { OpenAI: plain, AzureOpenAI: azure };
const collect = async (stream) => {
    const events = [];
    for await (const e of stream) events.push(e);
    return events;
};
const textOf = (events) => events.filter((e) => e.type === 'response.output_text.delta').map((e) => e.delta).join('');
const status = (wanted) => (e) => (assert.equal(e.status, wanted, e.message), true);
const sent = () => JSON.parse(upstream.last().text);

for (const [way, client] of Object.entries(ways)) {
    test(`${way}: a response gives its text, its usage, and an id that is not the provider's`, async () => {
        const got = await client().responses.create({ model: 'json', input: 'Who goes there?', instructions: 'Be brief.' });
        assert.equal(got.output_text, SAID);
        assert.equal(got.usage.total_tokens, 20);
        assert.match(got.id, /^resp_[A-Za-z0-9_-]+$/);
        assert.ok(!upstream.kept.has(got.id) && [...upstream.kept.keys()].every((id) => !got.id.includes(id)));
        assert.equal(sent().instructions, 'Be brief.');
    });

    test(`${way}: tools are declared and called, whole and streamed`, async () => {
        const got = await client().responses.create({ model: 'tools', input: 'weather', tools: [TOOL] });
        assert.equal(got.output[0].name, 'weather');
        const events = await collect(await client().responses.create({ model: 'tools', input: 'weather', tools: [TOOL], stream: true }));
        assert.equal(events.filter((e) => e.type === 'response.function_call_arguments.delta').map((e) => e.delta).join(''), '{"city":"Bern"}');
    });

    test(`${way}: a stream tells one bound id in all its events`, async () => {
        const events = await collect(await client().responses.create({ model: 'stream', input: 'Who?', stream: true }));
        assert.equal(textOf(events), SAID);
        const ids = new Set(events.filter((e) => e.response).map((e) => e.response.id));
        assert.equal(ids.size, 1);
        const [id] = ids;
        assert.ok(!upstream.kept.has(id));
        assert.equal((await client().responses.retrieve(id)).id, id);
    });

    test(`${way}: what is stored is followed, read, listed, cancelled and deleted by its id`, async () => {
        const first = await client().responses.create({ model: 'json', input: 'one' });
        const next = await client().responses.create({ model: 'json', input: 'two', previous_response_id: first.id });
        assert.equal(next.previous_response_id, first.id);
        assert.ok(upstream.kept.has(sent().previous_response_id), 'the backend got its own id');
        assert.equal((await client().responses.retrieve(first.id)).output_text ?? SAID, SAID);
        const items = await client().responses.inputItems.list(first.id, { limit: 2, order: 'asc' });
        assert.equal(items.data[0].id, 'msg_0');
        assert.match(upstream.last().url, /limit=2/);
        assert.equal((await client().responses.cancel(first.id)).status, 'cancelled');
        await client().responses.delete(first.id);
        await assert.rejects(client().responses.retrieve(first.id), status(404));
    });

    test(`${way}: nobody reaches what another caller stored, nor what the provider calls it`, async () => {
        const mine = await client().responses.create({ model: 'json', input: 'mine' });
        const raw = [...upstream.kept.keys()].at(-1);
        const before = upstream.requests.length;
        for (const id of [mine.id, raw, `${mine.id}A`, mine.id.slice(0, -1)]) {
            const who = id === mine.id ? other.token : place.caller.token;
            await assert.rejects(client(who).responses.retrieve(id), status(404));
            await assert.rejects(client(who).responses.delete(id), status(404));
            await assert.rejects(client(who).responses.create({ model: 'json', input: 'go on', previous_response_id: id }), status(404));
        }
        await assert.rejects(client().responses.create({ model: 'json', input: 'x', conversation: 'conv_1' }), status(404));
        assert.equal(upstream.requests.length, before, 'nothing was forwarded');
    });

    test(`${way}: embeddings, as numbers and as base64`, async () => {
        const whole = await client().embeddings.create({ model: 'json', input: ['a', 'b'] });
        assert.deepEqual(whole.data.map((d) => d.embedding), [VECTOR, VECTOR]);
        assert.equal(sent().encoding_format, 'base64');
        const floats = await client().embeddings.create({ model: 'json', input: 'a', encoding_format: 'float' });
        assert.deepEqual(floats.data[0].embedding, VECTOR);
        assert.equal(floats.usage.prompt_tokens, 3);
        await assert.rejects(client().embeddings.create({ model: 'json', input: [1, 2, 3] }), status(400));
    });

    test(`${way}: models are those that the caller may call`, async () => {
        const list = await collect(await client().models.list());
        assert.ok(list.some((m) => m.id === 'json'));
        assert.equal((await client().models.retrieve('json')).id, 'json');
        await assert.rejects(client().models.retrieve('nowhere'), status(404));
    });

    test(`${way}: what is not spoken is refused by name, in the surface's shape, once`, async () => {
        const before = upstream.requests.length;
        const refused = (e) => {
            assert.equal(e.status, 400);
            assert.match(e.message, /not spoken here/);
            assert.equal(e.headers.get('x-should-retry'), 'false');
            assert.equal(e.code, way === 'OpenAI' ? 'unsupported_operation' : 'OperationNotSupported');
            return true;
        };
        await assert.rejects(client().files.list(), refused);
        await assert.rejects(client().images.generate({ model: 'json', prompt: 'x' }), refused);
        await assert.rejects(client().audio.speech.create({ model: 'json', voice: 'alloy', input: 'x' }), refused);
        await assert.rejects(client().completions.create({ model: 'json', prompt: 'x' }), refused);
        await assert.rejects(client().beta.assistants.list(), refused);
        await assert.rejects(client().batches.list(), refused);
        await assert.rejects(client().conversations.create({}), refused);
        assert.equal(upstream.requests.length, before);
    });

    test(`${way}: an error of the backend comes as it is`, async () => {
        await assert.rejects(client().responses.create({ model: 'error-429', input: 'x' }), status(429));
    });
}

for (const model of CORNERS)
    test(`a streamed response survives ${model}`, async () => {
        const events = await collect(await plain().responses.create({ model, input: 'Who?', stream: true }));
        assert.equal(textOf(events), SAID);
        assert.equal(events.at(-1).type, 'response.completed');
    });

for (const model of ['stream-no-done', 'stream-truncated'])
    test(`${model}: the client gets an error, and no end that looks good`, async () => {
        const events = [];
        await assert.rejects(async () => {
            for await (const e of await plain().responses.create({ model, input: 'Who?', stream: true })) events.push(e);
        });
        assert.ok(events.every((e) => e.type !== 'response.completed'));
    });

test('an error of the model in mid-stream is told, and ends the stream', async () => {
    const events = await collect(await plain().responses.create({ model: 'stream-error', input: 'Who?', stream: true })).catch((e) => [{ type: 'error', message: e.message }]);
    assert.equal(events.at(-1).type, 'error');
});

test('a chat stream in which the model fails raises at the client', async () => {
    const stream = await plain().chat.completions.create({ model: 'stream-error', messages: [{ role: 'user', content: 'Who?' }], stream: true });
    await assert.rejects(collect(stream), /the model fell over/);
});

test('a client that aborts ends the call at the backend', async () => {
    const stream = await plain().responses.create({ model: 'stream-paced', input: 'Who?', stream: true });
    for await (const e of stream) if (e.type === 'response.output_text.delta') break;
    await eventually('the backend sees it', () => upstream.last().aborted);
});

test('over HTTP/2: JSON and events', async () => {
    for (const stream of [false, true]) {
        const body = JSON.stringify({ model: 'stream', input: 'Who?', stream });
        const got = await request2(gate.origin, { method: 'POST', path: `${place.endpoint}/openai/v1/responses`, body,
            headers: { authorization: `Bearer ${place.caller.token}`, 'content-type': 'application/json' } });
        assert.equal(got.status, 200, got.text);
        assert.ok(got.text.includes(stream ? 'response.completed' : SAID));
    }
});

test('Azure clients may write api%2Dversion; another query at a stored thing is refused', async () => {
    const made = await plain().responses.create({ model: 'json', input: 'x' });
    const get = (query) => gate.request({ method: 'GET', path: `${place.endpoint}/openai/responses/${made.id}?${query}`, headers: { authorization: `Bearer ${place.caller.token}` } });
    assert.equal((await get('api%2Dversion=2025-04-01-preview')).status, 200);
    assert.equal((await get('stream=true')).status, 400);
    assert.equal((await get('fetch=x')).status, 400);
});

test('a stranger gets 401 wherever the method exists, spoken or not', async () => {
    const paths = ['responses', 'responses/resp_1', 'embeddings', 'files', 'realtime', 'nothing-such/x'].map((p) => `${place.endpoint}/openai/v1/${p}`);
    const got = await Promise.all(paths.map((path) => gate.request({ method: 'GET', path })));
    assert.deepEqual(got.map((g) => g.status), [405, 401, 405, 401, 401, 404]);
});

test('where nothing may be stored, the provider is told so, and who asks for more is refused', async () => {
    const strict = await makePlace(gate, { upstream, models: ['json'], endpoint: { allowStored: false } });
    const client = new OpenAI({ baseURL: strict.openaiBase, apiKey: strict.caller.token, maxRetries: 0 });
    assert.equal((await client.responses.create({ model: 'json', input: 'x' })).output_text, SAID);
    assert.equal(sent().store, false);
    await assert.rejects(client.responses.create({ model: 'json', input: 'x', store: true }), status(403));
    await assert.rejects(client.responses.create({ model: 'json', input: 'x', background: true }), status(403));
});

test("the demo's model answers responses and embeddings too", async () => {
    const client = new OpenAI({ baseURL: gate.ready.openai_base_url, apiKey: gate.clientToken, maxRetries: 0 });
    assert.equal((await client.responses.create({ model: 'echo', input: 'hello there' })).output_text, 'hello there');
    assert.equal(textOf(await collect(await client.responses.create({ model: 'echo', input: 'hello there', stream: true }))), 'hello there');
    const [a, b] = (await client.embeddings.create({ model: 'echo', input: ['one two', 'two one'] })).data;
    assert.deepEqual(a.embedding, b.embedding);
});

test('the records tell the check of ownership', async () => {
    await plain(other.token).responses.retrieve((await plain().responses.create({ model: 'json', input: 'x' })).id).catch(() => {});
    await gate.record('refused for ownership', (r) => r.kind === 'refused' && r.controls?.ownership?.result === 'blocked');
});
