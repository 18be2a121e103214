// SPDX-License-Identifier: Apache-2.0
// Anthropic's unmodified clients of both generations, and scoring calls, through the gate to the demo's model: addresses and names from the
// ready file alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sharedInstallation } from './harness.mjs';
import { request } from './http.mjs';

const gate = sharedInstallation();
const { anthropic_base_url: baseURL, anthropic_model: model, score_url, score_model, client_token, api_key } = gate.ready;
const lines = [
    ['0.x', (await import('anthropic-0')).default],
    ['1.x', (await import('anthropic-1')).default],
];
const TOOL = { name: 'weather', description: 'tells the weather', input_schema: { type: 'object', properties: { text: { type: 'string' } } } };
const ask = (content, more = {}) => ({ model, max_tokens: 64, messages: [{ role: 'user', content }], ...more });

/** Each row: what, and how, with a client of either generation. */
const calls = {
    'a message comes back with its usage': async (client) => {
        const got = await client.messages.create(ask('who goes there', { system: 'be brief' }));
        assert.equal(got.content[0].text, 'who goes there');
        assert.equal(got.stop_reason, 'end_turn');
        assert.equal(got.usage.output_tokens, 3);
    },
    'a stream is joined again by the client': async (client) => {
        const got = await client.messages.stream(ask('one two three four')).finalMessage();
        assert.equal(got.content[0].text, 'one two three four');
        assert.equal(got.usage.output_tokens, 4);
    },
    'a tool is called and answered': async (client) => {
        const first = await client.messages.stream(ask('use the weather tool', { tools: [TOOL] })).finalMessage();
        const call = first.content.find((b) => b.type === 'tool_use');
        assert.equal(call.name, 'weather');
        assert.deepEqual(call.input, { text: 'use the weather tool' });
        const got = await client.messages.create({
            ...ask('use the weather tool', { tools: [TOOL] }),
            messages: [
                { role: 'user', content: 'use the weather tool' },
                { role: 'assistant', content: first.content },
                { role: 'user', content: [{ type: 'tool_result', tool_use_id: call.id, content: 'rain' }] },
            ],
        });
        assert.equal(got.content[0].text, 'rain');
    },
    'tokens are counted': async (client) => assert.equal((await client.messages.countTokens({ model, messages: [{ role: 'user', content: 'one two' }] })).input_tokens, 2),
    'models are listed, and one is named': async (client) => {
        const ids = [];
        for await (const m of client.models.list()) ids.push(m.id);
        assert.deepEqual(ids, [model]);
        assert.equal((await client.models.retrieve(model)).id, model);
    },
    'an aborted stream ends': async (client) => {
        const stream = await client.messages.create(ask('The gate is open to those who are known. '.repeat(600), { max_tokens: 5000, stream: true }));
        let n = 0;
        for await (const event of stream) {
            assert.ok(event.type);
            if (++n === 3) stream.controller.abort();
        }
        assert.ok(n < 5000);
    },
};

/** Each row: the call, the status, the type of Anthropic's error, and what its message says. */
const errors = {
    'a web search': [(c) => c.messages.create(ask('x', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] })), 403, 'permission_error', /tool/],
    'an address to fetch': [(c) => c.messages.create(ask([{ type: 'image', source: { type: 'url', url: 'https://example.com/x' } }])), 400, 'invalid_request_error', /address/],
    'a deployment of another dialect': [(c) => c.messages.create({ ...ask('x'), model: 'echo-score' }), 400, 'invalid_request_error', /does not speak/],
    'a deployment that is not there': [(c) => c.messages.create({ ...ask('x'), model: 'nobody' }), 404, 'not_found_error', /deployment/],
    'batches': [(c) => c.messages.batches.list(), 400, 'invalid_request_error', /Batches are not spoken/],
    'a wrong credential': [(c, lib) => new lib({ baseURL, apiKey: 'gh_no', maxRetries: 0 }).messages.create(ask('x')), 401, 'authentication_error', /credential/],
};

for (const [line, lib] of lines) {
    const client = new lib({ baseURL, apiKey: null, authToken: client_token, maxRetries: 0 }); // as an API key, 0.x would send it where keys alone stand
    for (const [what, call] of Object.entries(calls)) test(`${line}: ${what}`, () => call(client));
    for (const [what, [call, status, type, says]] of Object.entries(errors))
        test(`${line}: ${what} is refused`, async () => {
            const e = await call(client, lib).then(
                () => assert.fail('it was not refused'),
                (e) => e,
            );
            assert.equal(e.status, status, e.message);
            assert.equal(e.error.error.type, type);
            assert.match(e.error.error.message, says);
            assert.equal(e.requestID ?? e.request_id, e.error.request_id);
        });
    test(`${line}: an API key and a token, in either header`, async () => {
        for (const credential of [{ apiKey: api_key }, { apiKey: null, authToken: api_key }, { apiKey: null, authToken: client_token }])
            assert.equal((await new lib({ baseURL, maxRetries: 0, ...credential }).messages.create(ask('hi'))).content[0].text, 'hi');
    });
}

const post = (path, body, headers = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return request(gate.origin, { method: 'POST', path, headers: { authorization: `Bearer ${client_token}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers }, body: text });
};
const messagesPath = `${new URL(baseURL).pathname}/v1/messages`;

test('both versions are spoken, another is refused, and two credentials are one too many', async () => {
    for (const version of ['2023-06-01', '2026-10-21']) assert.equal((await post(messagesPath, ask('x'), { 'anthropic-version': version })).status, 200);
    const got = await post(messagesPath, ask('x'), { 'anthropic-version': '1999-01-01' });
    assert.equal(got.status, 400);
    assert.match(got.json.error.message, /anthropic-version/);
    assert.equal((await post(messagesPath, ask('x'), { 'x-api-key': api_key })).status, 401);
});

test('scores: a script, MLflow and KServe, by shares of traffic, header and path', async () => {
    const scorePath = new URL(score_url).pathname;
    const place = scorePath.replace(/\/score$/, '');
    const tensor = { inputs: [{ name: 't', shape: [1], datatype: 'BYTES', data: ['x'] }] };
    assert.deepEqual((await post(scorePath, { data: ['a', 1] })).json, { predictions: [{ data: ['a', 1] }] });
    assert.deepEqual((await post(`${place}/invocations`, { inputs: ['a'] }, { 'azureml-model-deployment': score_model })).json, { predictions: [{ inputs: ['a'] }] });
    assert.deepEqual((await post(`${place}/v2/models/${score_model}/infer`, tensor)).json, { predictions: [tensor] });
});

test('the deployment of the ready file answers every dialect', async () => {
    const { deployment, openai_base_url } = gate.ready;
    const ask = { model: deployment, messages: [{ role: 'user', content: 'What is a fjord?' }] };
    assert.equal((await post(new URL(`${openai_base_url}/chat/completions`).pathname, ask)).status, 200);
    assert.equal((await post(new URL(`${baseURL}/v1/messages`).pathname, { ...ask, max_tokens: 9 })).status, 200);
    assert.equal((await post(new URL(score_url).pathname, { data: 1 }, { 'azureml-model-deployment': deployment })).status, 200);
});

test('scores that no control can see are refused, each in its own words', async () => {
    const place = new URL(score_url).pathname.replace(/\/score$/, '');
    const cases = [
        ['/score', 'not JSON', {}, 400, (j) => j.error.code === 'BadRequest'],
        ['/score', { data: 1 }, { 'azureml-model-deployment': 'nobody' }, 404, (j) => j.error.code === 'DeploymentNotFound'],
        ['/score', { data: 1 }, { 'azureml-model-deployment': 'echo-anthropic' }, 400, (j) => /does not speak/.test(j.error.message)],
        ['/invocations', { messages: [] }, {}, 400, (j) => j.error.code !== undefined],
        [`/v2/models/${score_model}/infer`, { inputs: [] }, { 'inference-header-content-length': '2' }, 400, (j) => /not JSON/.test(j.error)],
        [`/v2/models/${score_model}/infer`, { inputs: [], parameters: { binary_data_output: true } }, {}, 400, (j) => /not JSON/.test(j.error)],
        ['/v2/health/ready', {}, {}, 400, (j) => /not spoken/.test(j.error)],
    ];
    for (const [path, body, headers, status, says] of cases) {
        const got = await post(place + path, body, headers);
        assert.equal(got.status, status, `${path} ${JSON.stringify(body)}: ${got.text ?? JSON.stringify(got.json)}`);
        assert.ok(says(got.json), `${path}: ${JSON.stringify(got.json)}`);
    }
});
