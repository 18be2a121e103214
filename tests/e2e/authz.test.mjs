// SPDX-License-Identifier: Apache-2.0
// May they? Default deny at every level, the three personas, roles of our own making, and grants that come and go while calls run.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { assign, freshName, makeCaller, makePlace, ROLE, settles, sharedInstallation } from './harness.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json', 'echo'] });
await gate.put(`${place.at}/endpoints/other`, { publicNetworkAccess: 'Enabled' });
await gate.put(`${place.at}/endpoints/other/deployments/json`, { model: 'json', backend: 'mock' });
const call = (token, { endpoint = place.endpoint, model = 'json', surface = 'openai' } = {}) =>
    gate.request({
        method: 'POST',
        path:
            surface === 'openai'
                ? `${endpoint}/openai/v1/chat/completions`
                : `${endpoint}/openai/deployments/${model}/chat/completions?api-version=2024-10-21`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'x' }] }),
    });
const becomes = (status, token, options) => settles(`${status}`, async () => (await call(token, options)).status === status);
const recordOf = (answer, kind) => gate.record(kind, (r) => r.kind === kind && r.request_id === answer.headers['x-request-id']);

test('nobody is allowed anything by being known', async () => {
    const { token } = await makeCaller(gate);
    for (const surface of ['openai', 'azure']) {
        const seen = upstream.requests.length;
        const got = await call(token, { surface });
        assert.equal(got.status, 403, got.text);
        assert.equal(got.headers['x-should-retry'], 'false');
        assert.equal(upstream.requests.length, seen);
        const record = await recordOf(got, 'refused');
        assert.equal(record.verdict, 'deny');
        assert.match(record.rule, /default deny/);
        assert.ok(record.reason);
    }
    for (const [method, at] of [
        ['GET', place.at],
        ['GET', '/identities'],
        ['PUT', place.at],
        ['DELETE', place.at],
        ['GET', '/audit/records'],
        ['GET', '/status'],
        ['GET', '/roleAssignments'],
    ])
        assert.equal((await gate.api(method, at, method === 'PUT' ? {} : undefined, { token })).status, 403, `${method} ${at}`);
});

for (const [level, scope, open, shut] of [
    ['a workspace', place.at, [{}, { model: 'echo' }, { endpoint: `${place.at}/endpoints/other` }], []],
    ['an endpoint', place.endpoint, [{}, { model: 'echo' }], [{ endpoint: `${place.at}/endpoints/other` }]],
    ['a deployment', `${place.endpoint}/deployments/json`, [{}], [{ model: 'echo' }, { endpoint: `${place.at}/endpoints/other` }]],
    ['another workspace', '/workspaces/demo', [], [{}, { endpoint: `${place.at}/endpoints/other` }]],
])
    for (const surface of ['openai', 'azure'])
        test(`a role at ${level} opens that and nothing beside it, ${surface}`, async () => {
            const { token } = await makeCaller(gate, { scope });
            for (const where of open) await becomes(200, token, { ...where, surface });
            for (const where of shut) assert.equal((await call(token, { ...where, surface })).status, 403, JSON.stringify(where));
        });

test('a scope is a prefix by whole segments', async () => {
    const twin = `${place.at}2`;
    await gate.put(twin, {});
    const { token } = await makeCaller(gate, { scope: twin });
    assert.equal((await call(token)).status, 403);
});

test('the record names the rule and the role that allowed', async () => {
    const { token, assignment } = await makeCaller(gate, { scope: place.endpoint });
    await becomes(200, token);
    const record = await recordOf(await call(token), 'open');
    assert.equal(record.verdict, 'allow');
    assert.equal(record.rule, assignment);
    assert.equal(record.role, 'Cognitive Services OpenAI User');
    assert.match(record.action, /chat\/completions\/action$/);
    assert.equal(record.scope, `${place.endpoint}/deployments/json`);
});

test('what was withdrawn stops, what was granted starts, without a reload', async () => {
    const { token, name } = await makeCaller(gate);
    for (let i = 0; i < 3; i++) {
        const at = await assign(gate, { principal: `/identities/${name}`, role: ROLE.openaiUser, scope: place.at });
        await becomes(200, token);
        await gate.delete(at);
        await becomes(403, token);
    }
});

test('a group gives to its members, through groups of groups, as long as they are in it', async () => {
    const { token, name } = await makeCaller(gate);
    const [inner, outer] = [freshName('inner'), freshName('outer')];
    await gate.put(`/groups/${inner}`, { members: [`/identities/${name}`] });
    await gate.put(`/groups/${outer}`, { members: [`/groups/${inner}`] });
    await assign(gate, { principal: `/groups/${outer}`, role: ROLE.openaiUser, scope: place.at });
    await becomes(200, token);
    await gate.put(`/groups/${inner}`, { members: [] });
    await becomes(403, token);
});

test("a custom role in Azure's own JSON: notActions subtract, planes are disjoint", async () => {
    const guid = randomUUID();
    const role = {
        roleName: freshName('Chat but not list'),
        description: 'test',
        type: 'CustomRole',
        assignableScopes: ['/'],
        permissions: [
            {
                actions: ['*'],
                notActions: [],
                dataActions: ['Microsoft.CognitiveServices/*'],
                notDataActions: ['Microsoft.CognitiveServices/accounts/OpenAI/models/read'],
            },
        ],
    };
    await gate.put(`/roleDefinitions/${guid}`, role);
    const { token } = await makeCaller(gate, { role: guid, scope: place.at });
    await becomes(200, token);
    const models = await gate.request({ path: `${place.endpoint}/openai/v1/models`, headers: { authorization: `Bearer ${token}` } });
    assert.equal(models.status, 403, models.text);
    await gate.put(`/roleDefinitions/${guid}`, { ...role, permissions: [{ ...role.permissions[0], dataActions: [], actions: ['*'] }] });
    await becomes(403, token);
    const unknown = await gate.api('PUT', `/roleDefinitions/${randomUUID()}`, {
        ...role,
        roleName: freshName('Surprise'),
        permissions: [{ actions: ['*'], surprise: true }],
    });
    assert.equal(unknown.status, 400, 'an unknown member of a permission is not ignored');
});

test('a list of models shows only what the caller may use', async () => {
    const { token } = await makeCaller(gate, { scope: `${place.endpoint}/deployments/json` });
    await becomes(200, token);
    const got = await gate.request({ path: `${place.endpoint}/openai/v1/models`, headers: { authorization: `Bearer ${token}` } });
    if (got.status === 200)
        assert.deepEqual(
            got.json.data.map((m) => m.id),
            ['json'],
        );
    else assert.equal(got.status, 403);
});

test('a disabled endpoint answers nobody', async () => {
    const at = `${place.at}/endpoints/${freshName('shut')}`;
    await gate.put(at, { enabled: false });
    await gate.put(`${at}/deployments/json`, { model: 'json', backend: 'mock' });
    await becomes(200, place.caller.token);
    const got = await call(place.caller.token, { endpoint: at });
    assert.ok([403, 404].includes(got.status), String(got.status));
    await gate.put(at, { enabled: true, publicNetworkAccess: 'Enabled' });
    await becomes(200, place.caller.token, { endpoint: at });
});

// ---- the three personas of AC-3, on the demo workspace -------------------------------------------------------------------------------

const demo = '/workspaces/demo';
const demoEndpoint = new URL(gate.ready.azure_endpoint).pathname;
const persona = async (group) => {
    const { token, name } = await makeCaller(gate);
    const { members } = (await gate.must('GET', `/groups/${group}`)).json.properties;
    await gate.put(`/groups/${group}`, { members: [...members, `/identities/${name}`] });
    return { token, name };
};
const CAN = {
    // what -> [method, path, properties]; a workspace in use is not deleted (409), which only who may delete learns
    chat: null,
    'read endpoints': ['GET', `${demo}/endpoints/chat`],
    'write a backend': ['PUT', `${demo}/backends/persona`, { url: 'https://model.example:443', dialect: 'openai', auth: 'none' }],
    'write a deployment': ['PUT', `${demo}/endpoints/chat/deployments/persona`, { model: 'x', backend: 'echo' }],
    'change the workspace': ['PUT', demo, { description: 'persona', allowApiKeys: true }],
    'delete the workspace': ['DELETE', `${demo}`],
    'make API keys': [
        'POST',
        `${demo}/apiKeys`,
        { owner: 'demo-client', scope: demoEndpoint, expires: new Date(Date.now() + 3_600_000).toISOString() },
    ],
    'give roles': [
        'PUT',
        `/roleAssignments/${randomUUID()}`,
        { roleDefinitionId: ROLE.openaiUser, principalId: '/identities/demo-client', scope: demo },
    ],
    'make identities': ['PUT', `/identities/${freshName('persona')}`, { kind: 'user' }],
    'set a secret': ['PUT', `${demo}/secrets/persona`, { value: 'x-persona', hosts: ['model.example:443'] }],
};
const PERSONAS = {
    'data-scientist': ['chat', 'read endpoints', 'write a backend', 'write a deployment'],
    'ai-developer': ['chat', 'read endpoints', 'write a backend', 'write a deployment'],
    'it-administrator': [
        'read endpoints',
        'write a backend',
        'write a deployment',
        'change the workspace',
        'delete the workspace',
        'give roles',
    ],
};
for (const [group, may] of Object.entries(PERSONAS))
    test(`persona ${group} may ${may.join(', ')}, and nothing else`, async () => {
        const { token } = await persona(group);
        const status = async (what) => {
            if (what === 'chat') return (await call(token, { endpoint: demoEndpoint, model: gate.ready.deployment })).status;
            const [method, at, properties] = CAN[what];
            return (await gate.api(method, at, properties, { token })).status;
        };
        await settles('its grants arrive', async () => (await status(may[0])) < 300);
        for (const what of Object.keys(CAN)) {
            if (may.includes(what)) assert.ok([200, 201, 204, 409].includes(await status(what)), `may ${what}: ${await status(what)}`);
            else assert.equal(await status(what), 403, `may not ${what}`);
        }
    });
test('the demo is as it was', async () => {
    await gate.delete(`${demo}/endpoints/chat/deployments/persona`);
    await gate.delete(`${demo}/backends/persona`);
    assert.equal((await call(gate.clientToken, { endpoint: demoEndpoint, model: gate.ready.deployment })).status, 200);
});
