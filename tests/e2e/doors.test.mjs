// SPDX-License-Identifier: Apache-2.0
// The doors: role management in Azure's shapes, the directory in Graph's: who gets in, and how each surface says no.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { AuthorizationManagementClient } from '@azure/arm-authorization';
import { Client } from '@microsoft/microsoft-graph-client';
import { ROLE, freshName, makeCaller, sharedInstallation } from './harness.mjs';

const gate = sharedInstallation();
const roles = '/arm/providers/Microsoft.Authorization/roleDefinitions';
const version = 'api-version=2022-04-01';
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const arm = (path, { token = gate.adminToken, ...more } = {}) =>
    gate.request({ path, headers: { ...(token && bearer(token)), ...more.headers }, ...(more.method && { method: more.method }) });
const host = (name) => `${name}.gatehouse.localhost:${gate.origin.port}`;

test('the ready file names both doors', () => {
    assert.equal(gate.ready.arm_endpoint, `${gate.url}/arm`);
    assert.equal(gate.ready.graph_base_url, `${gate.url}/graph`);
});

test('roles are told in the shape of Azure, by path and by host, with the name of the version escaped or not', async () => {
    for (const [path, headers] of [
        [`${roles}?${version}`, {}],
        [`${roles}?api%2Dversion=2022-04-01`, {}],
        [`${roles.replace('roleDefinitions', 'ROLEdefinitions')}?${version}`, {}],
        [`/providers/Microsoft.Authorization/roleDefinitions?${version}`, { host: host('arm') }],
        [`${roles}/?${version}`, { host: host('arm') }],
        [`/arm/workspaces/demo/providers/Microsoft.Authorization/roleDefinitions?${version}`, {}],
        [`/arm/subscriptions/${randomUUID()}/providers/Microsoft.Authorization/roleDefinitions?${version}`, {}],
    ]) {
        const got = await arm(path, { headers });
        assert.equal(got.status, 200, `${path}: ${got.text}`);
        const owner = got.json.value.find((r) => r.name === ROLE.owner);
        assert.equal(owner.type, 'Microsoft.Authorization/roleDefinitions');
        assert.equal(owner.properties.roleName, 'Owner');
        assert.equal(got.headers['x-ms-request-id'], got.headers['x-request-id']);
    }
});

test('what is wrong is told with the codes of the surface', async () => {
    for (const [path, status, code] of [
        [roles, 400, 'MissingApiVersionParameter'],
        [`${roles}?api-version=1`, 400, 'InvalidApiVersionParameter'],
        [`/arm/nowhere?${version}`, 404, 'InvalidResourceType'],
        [`${roles}/${randomUUID()}?${version}`, 404, 'RoleDefinitionDoesNotExist'],
        [`/arm/nonsense/providers/Microsoft.Authorization/roleDefinitions?${version}`, 400, 'InvalidScope'],
    ]) {
        const got = await arm(path);
        assert.equal(got.status, status, `${path}: ${got.text}`);
        assert.equal(got.json.error.code, code);
        assert.match(got.headers['content-type'], /^application\/json/);
        assert.ok(got.json.error.message);
    }
    const method = await arm(`${roles}?${version}`, { method: 'POST' });
    assert.equal(method.status, 405);
    assert.equal(method.json.error.code, 'MethodNotAllowed');
    const graph = await arm('/graph/v1.0/nowhere', { headers: { 'client-request-id': 'mine-1' } });
    assert.equal(graph.status, 404);
    assert.equal(graph.json.error.code, 'Request_ResourceNotFound');
    assert.equal(graph.json.error.innerError['request-id'], graph.headers['request-id']);
    assert.equal(graph.headers['client-request-id'], 'mine-1');
    assert.equal((await arm('/graph/v3/organization')).json.error.code, 'BadRequest');
});

test('a path cannot climb out of its door', async () => {
    for (const path of [`/arm/%252e%252e/x?${version}`, `/arm///x?${version}`, `/arm/a/%252e/x?${version}`, '/graph//v1.0//organization'])
        assert.ok([400, 404].includes((await arm(path)).status), path);
});

test('a host stands for a prefix and for nothing else', async () => {
    const models = await arm(`/workspaces/demo/endpoints/chat/openai/v1/models?${version}`, { headers: { host: host('arm') } });
    assert.equal(models.status, 404);
    assert.equal(models.json.error.code, 'InvalidResourceType');
    assert.equal((await arm(`/v1.0/organization`, { headers: { host: host('graph') } })).status, 200);
    assert.equal((await arm(`/providers/Microsoft.Authorization/roleDefinitions?${version}`, { headers: { host: host('xarm') } })).status, 404);
});

test('no credential, a bad one, a key, and one without standing are turned away in the shape of the surface', async () => {
    const stranger = freshName('stranger');
    await gate.put(`/identities/${stranger}`, { kind: 'user' });
    const token = await gate.token(stranger);
    for (const [path, unknown, denied] of [
        [`${roles}?${version}`, 'AuthenticationFailed', 'AuthorizationFailed'],
        ['/graph/v1.0/organization', 'InvalidAuthenticationToken', 'Authorization_RequestDenied'],
    ]) {
        for (const headers of [{}, bearer('nonsense'), { 'api-key': gate.apiKey }]) {
            const got = await gate.request({ path, headers });
            assert.equal(got.status, 401);
            assert.equal(got.json.error.code, unknown);
            assert.match(got.headers['www-authenticate'], /^Bearer/);
        }
        const got = await arm(path, { token });
        assert.equal(got.status, 403, got.text);
        assert.equal(got.json.error.code, denied);
    }
});

test('control decides what the edge could not: the 403 of Azure names client, action and scope', async () => {
    const { token, name } = await makeCaller(gate, { role: ROLE.openaiUser, scope: '/workspaces/demo' });
    const got = await arm(`${roles}?${version}`, { token });
    assert.equal(got.status, 403);
    assert.equal(got.json.error.code, 'AuthorizationFailed');
    assert.match(got.json.error.message, new RegExp(`${name}.*Microsoft.Authorization/roleDefinitions/read.* over scope '/'`));
    const graph = await arm('/graph/v1.0/organization', { token });
    assert.equal(graph.status, 403);
    assert.equal(graph.json.error.code, 'Authorization_RequestDenied');
});

test('the client of Azure, unmodified, lists roles', async () => {
    const credential = { getToken: async () => ({ token: gate.adminToken, expiresOnTimestamp: Date.now() + 3_000_000 }) };
    const client = new AuthorizationManagementClient(credential, randomUUID(), {
        endpoint: gate.ready.arm_endpoint,
        credentialScopes: ['https://gatehouse/.default'],
    });
    const names = [];
    for await (const role of client.roleDefinitions.list('')) names.push(role.roleName);
    assert.ok(names.includes('Owner'), names.join());
    for await (const role of client.roleDefinitions.list('workspaces/demo')) assert.match(role.id, /^\/workspaces\/demo\/providers\//);
});

test('the client of Graph, unmodified, reads the organization', async () => {
    const client = Client.init({
        baseUrl: `${gate.ready.graph_base_url}/`,
        defaultVersion: 'v1.0',
        customHosts: new Set([new URL(gate.url).hostname]),
        authProvider: (done) => done(null, gate.adminToken),
    });
    const got = await client.api('/organization').get();
    assert.equal(got.value.length, 1);
    await assert.rejects(client.api('/nowhere').get(), (e) => e.code === 'Request_ResourceNotFound');
});
