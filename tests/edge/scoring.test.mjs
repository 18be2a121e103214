// SPDX-License-Identifier: Apache-2.0
// Scoring at the edge: which deployment a call goes to, who may send it there, where the backend is asked, and what it may answer.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { backendRow, startGate } from './gate.mjs';

let answer = { type: 'application/json', body: '[0.5]' };
const seen = [];
const upstream = http.createServer((req, res) => {
    const parts = [];
    req.on('data', (d) => parts.push(d)).on('end', () => {
        seen.push({ url: req.url, headers: req.headers, body: Buffer.concat(parts).toString() });
        res.writeHead(200, { 'content-type': answer.type }).end(answer.body);
    });
});
await new Promise((ok) => upstream.listen(0, '127.0.0.1', ok));
upstream.url = `http://127.0.0.1:${upstream.address().port}`;
const backend = (name, over) => backendRow('demo', name, upstream, { dialect: 'scoring', base_path: `/${name}`, upstream: `gh_00000000000000${name === 'blue' ? 'b1' : 'c2'}`, ...over });
const gate = await startGate({
    models: ['blue'], // principal `one` may use this one alone
    deployments: { blue: { model: 'm 1/2', backend: 'blue' }, green: { model: 'm', backend: 'green' } },
    endpoint: { traffic: [{ deployment: 'blue', percent: 75 }, { deployment: 'green', percent: 25 }] },
    more: [backend('blue'), backend('green', { path: '/predict/{model}' })],
});
after(async () => {
    upstream.closeAllConnections?.();
    await new Promise((ok) => upstream.close(ok));
    await gate.stop();
});

const call = (path = '/score', body = '{"data":["a"]}', headers = {}, token = undefined) =>
    gate.call({ method: 'POST', path: `/workspaces/demo/endpoints/chat${path}`, headers: { ...gate.auth(token), 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers }, body });
const named = (deployment) => ({ 'azureml-model-deployment': deployment });

test('calls that name no deployment are shared as the endpoint says', async () => {
    const went = { blue: 0, green: 0 };
    for (let i = 0; i < 80; i++) {
        assert.equal((await call()).status, 200);
        went[seen.at(-1).url.split('/')[1]]++;
    }
    assert.ok(went.blue > 35 && went.green > 4, JSON.stringify(went)); /* by chance less often than once in 10^9 */
});

test('the header names one, the path of KServe another; bytes go on as they were judged', async () => {
    const body = '{ "data" : ["a\\u0041", 1.50] }';
    await call('/score', body, named('blue'));
    assert.deepEqual([seen.at(-1).url, seen.at(-1).body, seen.at(-1).headers['azureml-model-deployment']], ['/blue/score', body, undefined]);
    await call('/score', body, named('green'));
    assert.equal(seen.at(-1).url, '/green/predict/m');
    await call('/v2/models/blue/infer', '{"inputs":[]}');
    assert.equal(seen.at(-1).url, '/blue/v2/models/m%201%2f2/infer');
    await call('/invocations', '{"inputs":[1]}', named('blue'));
    assert.equal(seen.at(-1).url, '/blue/invocations');
});

test('access is decided on the deployment that was chosen, however it was', async () => {
    const one = gate.jwt({ sub: 'one', oid: 'one' });
    assert.equal((await call('/score', '{}', named('blue'), one)).status, 200);
    assert.equal((await call('/score', '{}', named('green'), one)).status, 403);
    assert.equal((await call('/v2/models/green/infer', '{"inputs":[]}', {}, one)).status, 403);
    const shared = [];
    for (let i = 0; i < 40; i++) shared.push((await call('/score', '{}', {}, one)).status);
    assert.deepEqual([...new Set(shared)].sort(), [200, 403]);
    const got = await call('/score', '{}', named('blue'), one);
    assert.deepEqual(gate.recordsOf(got).map((r) => r.scope), Array(2).fill('/workspaces/demo/endpoints/chat/deployments/blue'));
});

test('two names of deployments are refused, and one that is not there is not found', async () => {
    assert.equal((await call('/score', '{}', { 'azureml-model-deployment': ['blue', 'green'] })).status, 400);
    assert.equal((await call('/score', '{}', named('nobody'))).status, 404);
    assert.equal((await call('/score', '{}', named('../blue'))).status, 404);
});

test('tensors behind the JSON are refused, whatever other headers say', async () => {
    for (const more of [{}, { 'anthropic-version': '2023-06-01' }]) {
        const got = await call('/v2/models/blue/infer', '{"inputs":[]}', { 'inference-header-content-length': '4', ...more });
        assert.equal(got.status, 400, JSON.stringify(more));
    }
    assert.equal((await call('/score', '{}', { 'azureml-model-deployment': ['blue', 'green'], 'anthropic-version': '2023-06-01' })).status, 400);
});

test('bodies and answers are JSON alone', async () => {
    for (const body of ['', 'x', '"text"', '{"a":1,"a":2}']) assert.equal((await call('/score', body, named('blue'))).status, 400, body);
    for (const [type, body] of [['text/plain', '[1]'], ['application/json', '<html>'], ['text/event-stream', 'data: 1\n\n']]) {
        answer = { type, body };
        const got = await call('/score', '{}', named('blue'));
        assert.equal(got.status, 502, `${type} ${body}`);
        assert.equal(got.json.error.code, 'BadGateway');
    }
    answer = { type: 'application/json', body: '[0.5]' };
});
