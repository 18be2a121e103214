// SPDX-License-Identifier: Apache-2.0
// What records teach: risk from real sign-ins, access reviews from their beginning to their end, the smaller role with its proof; over the
// management API, the command line, and Graph's unmodified client.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, test } from 'node:test';
import { Client } from '@microsoft/microsoft-graph-client';
import { assign, eventually, freshName, makeCaller, makePlace, settles, sharedInstallation, ROLE } from './harness.mjs';
import { request } from './http.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json'] });
const graph = Client.init({
    baseUrl: `${gate.ready.graph_base_url}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([new URL(gate.url).hostname]),
    authProvider: (done) => done(null, gate.adminToken),
});

const freePort = () =>
    new Promise((done) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });

/** A listener whose proxy tells where a call comes from. */
const port = await freePort();
await gate.put(`/listeners/${freshName('front')}`, {
    address: '127.0.0.1',
    port,
    kind: 'public',
    proxyMode: 'xForwardedFor',
    proxies: ['127.0.0.1'],
});

const chatFrom = (from, token) =>
    request(
        { ...gate.origin, host: '127.0.0.1', port },
        {
            method: 'POST',
            path: place.openaiPath,
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'x-forwarded-for': from },
            body: JSON.stringify({ model: 'json', messages: [{ role: 'user', content: 'Who goes there?' }] }),
        },
    );
const risk = async (principal, query = '') => (await gate.must('GET', `/risk?principal=${encodeURIComponent(principal)}${query}`)).json.value[0]?.properties;

test('sign-ins from elsewhere raise the risk of an identity within a second, and a person has the last word', async () => {
    const who = await makeCaller(gate, { scope: place.at });
    const principal = `gatehouse:${who.name}`;
    await settles('the listener answers', async () => (await chatFrom('192.0.2.10', who.token).catch(() => ({}))).status === 200, { withinMs: 8000 });
    await eventually('his second network is found', async () => (await risk(principal))?.level === 'low');
    assert.deepEqual((await risk(principal)).networks.sort(), ['127.0.0.0/24', '192.0.2.0/24']);
    const fine = await gate.remote(['risk', 'dismiss', `/identities/${who.name}`, '--reason', 'travelling']);
    assert.equal(fine.code, 0, fine.stderr);
    await eventually('dismissed', async () => (await risk(principal)).level === 'none');
    assert.equal((await chatFrom('192.0.2.11', await gate.token(who.name))).status, 200);

    const stolen = Date.now();
    assert.equal((await chatFrom('198.51.100.7', who.token)).status, 200);
    await eventually('a new network is found', async () => (await risk(principal)).level === 'low');
    const took = Date.now() - stolen;
    assert.ok(took < 2000, `published after ${took} ms`);
    const got = await risk(principal);
    assert.deepEqual(got.reasons, ['newNetwork']);
    assert.equal(got.history[0].network, '198.51.100.0/24');
    assert.ok(got.decaysAt > got.since);
    await gate.record('the finding', (r) => r.kind === 'system' && r.operation === 'risk found' && r.caller === principal);

    const confirm = await gate.remote(['risk', 'confirm', `/identities/${who.name}`, '--reason', 'stolen']);
    assert.equal(confirm.code, 0, confirm.stderr);
    await eventually('confirmed', async () => (await risk(principal)).level === 'high');
    const users = await graph.api('/identityProtection/riskyUsers').get();
    const user = users.value.find((u) => u.userPrincipalName === principal);
    assert.equal(user.riskState, 'confirmedCompromised');
    await graph.api('/identityProtection/riskyUsers/dismiss').post({ userIds: [user.id] });
    await eventually('dismissed again', async () => (await risk(principal)).level === 'none');
    assert.equal((await graph.api(`/identityProtection/riskyUsers/${user.id}`).get()).riskState, 'dismissed');
    await assert.rejects(graph.api('/identityProtection/riskyUsers/dismiss').post({ userIds: ['0'.repeat(32)] }), (e) => e.statusCode === 404);
    const own = await gate.api('POST', '/riskDecisions', { principal: `/identities/${who.name}`, state: 'dismissed' }, { token: who.token });
    assert.equal(own.status, 403);
});

test('a burst of refusals is a failure of the identity; what conditional access or the body refuses is not', async () => {
    const who = await makeCaller(gate, { scope: place.at });
    const principal = `gatehouse:${who.name}`;
    for (let i = 0; i < 12; i++)
        assert.equal((await gate.api('PUT', `/workspaces/${freshName('not-mine')}`, {}, { token: who.token })).status, 403);
    await eventually('published', async () => (await risk(principal)).level === 'medium');
    const listed = await gate.remote(['risk', 'list', '-o', 'json']);
    assert.ok(JSON.parse(listed.stdout).some((r) => r.properties.principal === principal));
});

test('an operator lists networks and principals', async () => {
    const name = freshName('exits');
    await gate.put(`/watchlists/${name}`, { level: 'high', networks: ['203.0.113.0/24'] });
    const who = await makeCaller(gate, { scope: place.at });
    assert.equal((await chatFrom('203.0.113.99', who.token)).status, 200);
    await eventually('listed', async () => (await risk(`gatehouse:${who.name}`))?.reasons.includes('listedNetworkHigh'));
    await gate.delete(`/watchlists/${name}`);
});

test('what was used is proved to be enough: nothing recorded would have been denied', async () => {
    const name = freshName('creep');
    await gate.put(`/identities/${name}`, { kind: 'user' });
    const owner = await assign(gate, { principal: `/identities/${name}`, role: ROLE.owner, scope: place.at });
    const user = await assign(gate, { principal: `/identities/${name}`, role: ROLE.openaiUser, scope: place.at });
    const token = await gate.token(name);
    await settles('may call', async () => (await place.chat('json', { token })).status === 200);
    await gate.must('GET', place.endpoint, undefined, { token });
    await gate.must('PUT', place.endpoint, { publicNetworkAccess: 'Enabled' }, { token });
    const recommend = () => gate.must('GET', `/recommendations?principal=/identities/${name}`).then((r) => r.json.value[0]);
    const got = await eventually('the uses are counted', async () => {
        const r = await recommend();
        return r.used.length >= 3 && r;
    });
    assert.equal(got.proof.denied, 0);
    assert.ok(got.proof.requests >= 6);
    assert.ok(got.unused.includes('Microsoft.Authorization/roleAssignments/write'));
    const of = (path) => got.proposed.find((p) => p.assignment === path);
    assert.equal(of(owner).change, 'replace');
    assert.equal(of(owner).scope, place.endpoint);
    assert.deepEqual(of(owner).permissions[0].actions.sort(), [
        'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/read',
        'Microsoft.MachineLearningServices/workspaces/onlineEndpoints/write',
    ]);
    assert.equal(of(user).scope, `${place.endpoint}/deployments/json`);
    const text = await gate.remote(['access', 'recommend', `/identities/${name}`]);
    assert.match(text.stdout, /proof +\d+ requests replayed, 0 denied/);

    // carried out as proposed, the same calls still pass, and nothing else does
    const role = crypto.randomUUID();
    await gate.put(`/roleDefinitions/${role}`, { roleName: freshName('as used'), type: 'CustomRole', permissions: of(owner).permissions });
    await gate.delete(owner);
    await assign(gate, { principal: `/identities/${name}`, role, scope: place.endpoint });
    await settles('reads on', async () => (await gate.api('GET', place.endpoint, undefined, { token })).status === 200);
    await settles('no more than that', async () => (await gate.api('DELETE', place.endpoint, undefined, { token })).status === 403);
    assert.equal((await recommend()).proof.deniedAlready, 0);
});

test('a review runs from its beginning to its end: people decide, the policy decides, denied access goes', async () => {
    const [kept, dropped, boss] = [freshName('kept'), freshName('dropped'), freshName('boss')];
    for (const id of [kept, dropped, boss]) await gate.put(`/identities/${id}`, { kind: 'user' });
    const deployment = `${place.endpoint}/deployments/json`;
    const keeps = await assign(gate, { principal: `/identities/${kept}`, role: ROLE.openaiUser, scope: deployment });
    const drops = await assign(gate, { principal: `/identities/${dropped}`, role: ROLE.openaiUser, scope: deployment });
    await assign(gate, { principal: `/identities/${boss}`, role: ROLE.owner, scope: place.at });
    const token = await gate.token(boss);

    const made = await graph.api('/identityGovernance/accessReviews/definitions').post({
        displayName: 'Callers of json',
        scope: { '@odata.type': '#microsoft.graph.accessReviewQueryScope', query: deployment, queryType: 'MicrosoftGraph' },
        reviewers: [{ query: `/users/${boss}`, queryType: 'MicrosoftGraph' }],
        settings: {
            mailNotificationsEnabled: false,
            justificationRequiredOnApproval: true,
            defaultDecisionEnabled: true,
            defaultDecision: 'Deny',
            instanceDurationInDays: 3,
            autoApplyDecisionsEnabled: true,
            recommendationLookBackDuration: 'P30D',
            recurrence: { pattern: { type: 'weekly', interval: 1 }, range: { type: 'noEnd', startDate: '2026-01-01' } },
            applyActions: [{ '@odata.type': '#microsoft.graph.removeAccessApplyAction' }],
        },
    });
    const at = `/identityGovernance/accessReviews/definitions/${made.id}`;
    const instance = await eventually('an instance begins', async () =>
        (await graph.api(`${at}/instances`).get()).value.find((i) => i.status === 'InProgress'),
    );
    const decisions = (await graph.api(`${at}/instances/${instance.id}/decisions`).get()).value;
    assert.deepEqual(decisions.map((d) => d.resource.id).sort(), [keeps, drops].sort());
    const mine = decisions.find((d) => d.resource.id === keeps);
    const word = { decision: 'Approve', justification: 'she calls it each day' };
    const path = `/accessReviews/${made.id}/instances/${instance.id}/decisions/${mine.id}`;
    await assert.rejects(graph.api(`${at}/instances/${instance.id}/decisions/${mine.id}`).patch(word), (e) => e.statusCode === 403); // another was named
    const client = await gate.token(kept);
    assert.equal((await gate.api('PUT', path, word, { token: client })).status, 403);
    assert.equal((await gate.api('PUT', path, { decision: 'Approve' }, { token })).status, 400);
    assert.equal((await gate.api('PUT', path, word, { token })).status, 200);
    const shown = await gate.remote(['review', 'show', made.id]);
    assert.match(shown.stdout, /Approve .*roleAssignment/);

    await assert.rejects(graph.api(`${at}/instances/${instance.id}/sendReminder`).post({}), /sendReminder/);
    await graph.api(`${at}/instances/${instance.id}/stop`).post({});
    await eventually('applied', async () => (await graph.api(`${at}/instances/${instance.id}`).get()).status === 'Applied');
    assert.equal((await gate.api('GET', keeps)).status, 200);
    assert.equal((await gate.api('GET', drops)).status, 404);
    await gate.record('the removal', (r) => r.operation === 'review removed it' && r.resource === drops && r.rule === `/accessReviews/${made.id}`);
    await graph.api(at).delete();
});

test('the guidance follows: a regular review of everything is in force', async () => {
    const row = async () => JSON.parse((await gate.local(['guidance', '-o', 'json'])).stdout).recommendations.find((r) => r.id === 'AC-10');
    assert.notEqual((await row()).standing, 'in force');
    const name = freshName('regular');
    const create = await gate.remote(['review', 'create', name, '--every', 'P3M', '--undecided', 'Recommendation']);
    assert.equal(create.code, 0, create.stderr);
    assert.equal((await row()).standing, 'in force');
    await gate.delete(`/accessReviews/${name}`);
});

test('what Graph has and we have not is refused by name', async () => {
    const post = (body) => graph.api('/identityGovernance/accessReviews/definitions').post({ displayName: 'x', ...body });
    for (const [body, name] of [
        [{ stageSettings: [{ stageId: '1' }] }, /one stage/],
        [{ settings: { mailNotificationsEnabled: true } }, /mail/],
        [{ settings: { recurrence: { pattern: { type: 'relativeYearly', interval: 1 } } } }, /daily, weekly or absoluteMonthly/],
        [{ settings: { applyActions: [{ '@odata.type': '#microsoft.graph.disableAndDeleteUserApplyAction' }] } }, /removeAccessApplyAction/],
        [{ scope: { principalScopes: [{ query: '/users' }], resourceScopes: [{ query: '/' }] } }, /principalScopes/],
        [{ instanceEnumerationScope: {} }, /instanceEnumerationScope/],
    ])
        await assert.rejects(post(body), (e) => e.statusCode === 400 && name.test(e.message), JSON.stringify(body));
});

test('holders of keys and who could make one are reviewed too', async () => {
    await gate.put(place.at, { allowApiKeys: true });
    const owner = freshName('holder');
    await gate.put(`/identities/${owner}`, { kind: 'servicePrincipal' });
    const key = (
        await gate.must('POST', `${place.at}/apiKeys`, { owner, scope: place.endpoint, expires: new Date(Date.now() + 86400e3).toISOString() })
    ).json;
    const name = freshName('keys');
    const create = await gate.remote(['review', 'create', name, '--scope', place.at, '--kind', 'apiKeys,keyCreators', '--duration', 'PT30M']);
    assert.equal(create.code, 0, create.stderr);
    const show = await eventually('decisions', async () => {
        const got = await gate.remote(['review', 'show', name, '-o', 'json']);
        return got.code === 0 && JSON.parse(got.stdout).length > 0 && JSON.parse(got.stdout);
    });
    const mine = show.find((d) => d.properties.target === key.id);
    assert.equal(mine.properties.principal, `/identities/${owner}`);
    assert.ok(show.some((d) => d.properties.kind === 'keyCreator' && d.properties.role === 'Owner'));
    const decide = await gate.remote(['review', 'decide', name, mine.id.split('/').at(-1), 'Deny', '--reason', 'unused']);
    assert.equal(decide.code, 0, decide.stderr);
    for (const word of ['stop', 'apply']) assert.equal((await gate.remote(['review', word, name])).code, 0);
    await eventually('the key is gone', async () => (await gate.api('GET', key.id)).status === 404);
    const list = await gate.remote(['review', 'list']);
    assert.match(list.stdout, new RegExp(`${name}[^]*Applied`));
});
