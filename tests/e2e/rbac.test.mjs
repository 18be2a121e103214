// SPDX-License-Identifier: Apache-2.0
// Role-based access with Azure's unmodified client: define, assign, list, deny; what wildcards, notActions and the two planes mean; and that
// who may hand out one role hands out that one alone. What the API says is what the edge does.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { AuthorizationManagementClient } from '@azure/arm-authorization';
import { ROLE, freshName, makeCaller, makePlace, settles, sharedInstallation } from './harness.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json'] });
const scope = place.endpoint.slice(1); // as the client wants it: without the first slash
const ws = place.at.slice(1);
const ML = 'Microsoft.MachineLearningServices/workspaces';
const CHAT = 'Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action';
const AI_USER = '53ca6127-db72-4b80-b1b0-d745d6d5456d';
const PROJECT_MANAGER = 'eadc314b-1a2d-4efa-be10-5d325db5065e';
const roleId = (role) => `/providers/Microsoft.Authorization/roleDefinitions/${role}`;
const clientOf = (token) =>
    new AuthorizationManagementClient({ getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_000_000 }) }, randomUUID(), {
        endpoint: gate.ready.arm_endpoint,
        credentialScopes: ['https://gatehouse/.default'],
    });
const admin = clientOf(gate.adminToken);
const collect = async (pages) => {
    const all = [];
    for await (const one of pages) all.push(one);
    return all;
};
const refused = (status, code, words) => (e) => {
    assert.equal(e.statusCode, status, e.message);
    assert.equal(e.code ?? e.details?.error?.code, code, e.message);
    if (words) assert.match(e.message, words);
    return true;
};
async function person(stem) {
    const name = freshName(stem);
    await gate.put(`/identities/${name}`, { kind: 'user' });
    return { name, id: `/identities/${name}`, token: await gate.token(name) };
}
const define = (permissions, more = {}) => {
    const name = randomUUID();
    return admin.roleDefinitions
        .createOrUpdate(scope, name, { roleName: freshName('role'), permissions: [permissions], assignableScopes: [place.endpoint], ...more })
        .then((role) => ({ ...role, name }));
};
const give = (client, who, role, at = scope, more = {}) =>
    client.roleAssignments.create(at, randomUUID(), { roleDefinitionId: roleId(role), principalId: who.id, ...more });
const api = (who, method, path, body) => gate.api(method, path, body, { token: who.token });
const may = async (who, method, path, body) => {
    const got = await api(who, method, path, body);
    assert.ok([200, 201, 204, 403].includes(got.status), `${method} ${path}: ${got.text}`);
    return got.status !== 403;
};
const arm = (path, token = gate.adminToken) => gate.request({ path: `/arm${path}`, headers: { authorization: `Bearer ${token}` } });
const chat = async (who) => (await place.chat('json', { token: who.token })).status;

test('define, read, find and delete a role', async () => {
    const role = await define({ actions: [`${ML}/*/read`], dataActions: [CHAT] }, { description: 'reads, and calls models' });
    assert.equal(role.type, 'Microsoft.Authorization/roleDefinitions');
    assert.equal(role.roleType, 'CustomRole');
    assert.deepEqual(role.permissions[0].actions, [`${ML}/*/read`]);
    const got = await admin.roleDefinitions.get(scope, role.name);
    assert.equal(got.description, 'reads, and calls models');
    assert.deepEqual(got.assignableScopes, [place.endpoint]);
    assert.equal((await admin.roleDefinitions.getById(got.id.slice(1))).name, role.name);
    const found = await collect(admin.roleDefinitions.list(scope, { filter: `roleName eq '${role.roleName}'` }));
    assert.deepEqual(found.map((r) => r.name), [role.name]);
    const atRoot = await collect(admin.roleDefinitions.list('', { filter: "type eq 'CustomRole'" }));
    assert.ok(!atRoot.some((r) => r.name === role.name), 'it may not be assigned at the root');
    const below = await collect(admin.roleDefinitions.list('', { filter: 'atScopeAndBelow()' }));
    assert.ok(below.some((r) => r.name === role.name));
    const builtin = await collect(admin.roleDefinitions.list(scope, { filter: "type eq 'BuiltInRole'" }));
    assert.ok(builtin.length >= 22 && builtin.every((r) => r.roleType === 'BuiltInRole'));
    assert.ok(builtin.some((r) => r.name === PROJECT_MANAGER && r.permissions.some((p) => p.condition)));
    const quoted = await define({ actions: ['*/read'] }, { roleName: `${freshName('role')} of ann's, to read and write` });
    const byName = await collect(admin.roleDefinitions.list(scope, { filter: `roleName eq '${quoted.roleName.replaceAll("'", "''")}' and type eq 'CustomRole'` }));
    assert.deepEqual(byName.map((r) => r.name), [quoted.name]);
    for (const filter of ["principalId eq 'x'", 'asTarget()', "assignedTo('x')", "denyAssignmentName eq 'x'"])
        await assert.rejects(collect(admin.roleDefinitions.list(scope, { filter })), refused(400, 'InvalidFilter', /not a condition of this list/));
    assert.equal((await admin.roleDefinitions.delete(scope, role.name)).name, role.name);
    await assert.rejects(admin.roleDefinitions.get(scope, role.name), refused(404, 'RoleDefinitionDoesNotExist'));
    await admin.roleDefinitions.delete(scope, role.name); // once more: 204
});

test('what is wrong with a role is refused with its place', async () => {
    // The client leaves conditions of roles out, so they are written as `apply` writes them.
    const at = async (condition) =>
        gate.api('PUT', `/roleDefinitions/${randomUUID()}`, { roleName: freshName('role'), permissions: [{ actions: ['*'], condition, conditionVersion: '2.0' }] });
    for (const [condition, words] of [
        ["@Resource[Microsoft.Storage/x:name] StringEquals 'a'", /attribute is not supported/],
        ["ActionMatches{'x'} XOR ActionMatches{'y'}", /AND, OR or \) is missing/],
        [`ActionMatches{'${'x'.repeat(900_000)}'}`, /longer than 8192/],
    ]) {
        const got = await at(condition);
        assert.equal(got.status, 400, got.text);
        assert.match(got.json.detail, words);
        assert.ok(got.json.at > 0);
    }
    const misspelt = { roleName: freshName('role'), permissions: [{ actions: ['*'], notActionz: [] }] };
    assert.equal((await gate.api('PUT', `/roleDefinitions/${randomUUID()}`, misspelt)).status, 400);
    await assert.rejects(define({ actions: ['*'] }, { assignableScopes: [] }), (e) => e.statusCode === 400);
    await assert.rejects(define({ actions: ['*'] }, { assignableScopes: ['/subscriptions/s/providers/Microsoft.Storage/x/y'] }), (e) => e.statusCode === 400);
    await assert.rejects(admin.roleDefinitions.createOrUpdate(scope, ROLE.owner, { roleName: 'Owner', permissions: [{ actions: [] }] }), (e) => e.statusCode === 409);
});

test('assign, again, otherwise, list and take away', async () => {
    const who = await person('ann');
    const name = randomUUID();
    const body = { roleDefinitionId: roleId(ROLE.openaiUser), principalId: who.id, principalType: 'User' };
    const made = await admin.roleAssignments.create(scope, name, body);
    assert.equal(made.scope, place.endpoint);
    assert.equal(made.principalId, who.id);
    assert.equal(made.roleDefinitionId, roleId(ROLE.openaiUser));
    assert.equal((await admin.roleAssignments.create(scope, name, body)).id, made.id);
    for (const other of [{ roleDefinitionId: roleId(AI_USER) }, { description: 'other' }])
        await assert.rejects(admin.roleAssignments.create(scope, name, { ...body, ...other }), refused(409, 'RoleAssignmentExists'));
    await assert.rejects(admin.roleAssignments.create(scope, randomUUID(), body), refused(409, 'RoleAssignmentExists'));
    await settles('the edge knows it', async () => (await chat(who)) === 200);

    const names = async (at, filter) => (await collect(admin.roleAssignments.listForScope(at, { filter }))).map((a) => a.name);
    assert.deepEqual(await names(scope, `principalId eq '${who.id}'`), [name]);
    assert.deepEqual(await names('', `principalId eq '${who.name}'`), [name]);
    assert.deepEqual(await names('', `atScope() and principalId eq '${who.id}'`), []);
    assert.deepEqual(await names(`${scope}/deployments/json`, `atScope() and principalId eq '${who.id}'`), [name]);
    const group = `/groups/${freshName('team')}`;
    await gate.put(group, { members: [who.id] });
    const byGroup = await give(admin, { id: group }, AI_USER);
    assert.equal(byGroup.principalType, 'Group');
    assert.deepEqual((await names(scope, `assignedTo('${who.id}')`)).sort(), [name, byGroup.name].sort());
    await assert.rejects(names(scope, 'nonsense'), refused(400, 'InvalidFilter', /nonsense: it is not known here/));
    for (const filter of ["type eq 'BuiltInRole'", 'asTarget()', 'asApprover()', "status eq 'x'", "roleName eq 'Owner'", `principalId eq '${who.id}' and principalId eq 'x'`])
        await assert.rejects(names(scope, filter), refused(400, 'InvalidFilter'));
    const skipped = await collect(admin.roleAssignments.listForScope(scope, { filter: `assignedTo('${who.name}')`, skipToken: [name, byGroup.name].sort()[0] }));
    assert.deepEqual(skipped.map((a) => a.name), [[name, byGroup.name].sort()[1]]);

    assert.equal((await admin.roleAssignments.getById(made.id.slice(1))).name, name);
    await assert.rejects(admin.roleAssignments.get('', name), refused(404, 'RoleAssignmentNotFound'));
    await admin.roleAssignments.delete(scope, byGroup.name);
    assert.equal((await admin.roleAssignments.delete(scope, name)).name, name);
    await admin.roleAssignments.delete(scope, name);
    await settles('the edge knows that too', async () => (await chat(who)) === 403);
});

test('lists come in pages with absolute links', async () => {
    const who = await person('paged');
    const ids = await Promise.all(
        Array.from({ length: 210 }, async (_, i) => {
            const name = randomUUID();
            const deployment = `${place.endpoint}/deployments/d${i}`;
            await gate.put(deployment, { model: 'm', backend: 'mock' });
            await gate.put(`/roleAssignments/${name}`, { roleDefinitionId: AI_USER, principalId: who.id, scope: deployment });
            return name;
        }),
    );
    const filter = `principalId eq '${who.id}'`;
    const pages = [];
    for await (const page of admin.roleAssignments.listForScope(scope, { filter }).byPage()) pages.push(page);
    assert.equal(pages.length, 2);
    assert.deepEqual(pages.flat().map((a) => a.name).sort(), ids.sort());
    const raw = await arm(`/${scope}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01&$filter=${encodeURIComponent(filter)}`);
    assert.ok(raw.json.nextLink.startsWith(`${gate.ready.arm_endpoint}/`), raw.json.nextLink);
});

// Who holds one role with these actions may do what of the four? `*` matches slashes too, and both slashes of `/*/` must be there.
test('wildcards, notActions and the two planes', async () => {
    const backend = { url: upstream.url, dialect: 'openai', auth: 'none' };
    for (const [what, entry, reads, writes, deletes, calls] of [
        ['all', { actions: ['*'] }, true, true, true, false],
        ['one verb', { actions: ['*/read'] }, true, false, false, false],
        ['two slashes', { actions: [`${ML}/*/write`] }, false, true, false, false],
        ['in another case', { actions: [`${ML.toUpperCase()}/*/READ`] }, true, false, false, false],
        ['in the middle', { actions: ['Microsoft.*/connections/*'] }, true, true, true, false],
        ['taken away in the same entry', { actions: ['*'], notActions: [`${ML}/connections/delete`] }, true, true, false, false],
        ['data alone', { dataActions: ['*'] }, false, false, false, true],
        ['a data action among actions', { actions: [CHAT] }, false, false, false, false],
        ['data, taken away', { dataActions: ['*'], notDataActions: ['*/chat/*'] }, false, false, false, false],
    ]) {
        const who = await person('wild');
        const role = await define(entry, { assignableScopes: [`${place.at}`] });
        await give(admin, who, role.name, ws);
        const path = `${place.at}/backends/${freshName('b')}`;
        await settles(`${what}: known`, async () => (await may(who, 'PUT', path, backend)) === writes && (await chat(who)) === (calls ? 200 : 403));
        await gate.put(path, backend);
        assert.equal(await may(who, 'GET', path), reads, `${what}: read`);
        assert.equal(await may(who, 'DELETE', path), deletes, `${what}: delete`);
    }
});

test('workspaces/*/write does not write a workspace', async () => {
    const who = await person('writer');
    const role = await define({ actions: [`${ML}/*/write`] }, { assignableScopes: ['/'] });
    await give(admin, who, role.name, ws);
    const path = `${place.at}/backends/${freshName('b')}`;
    await settles('known', () => may(who, 'PUT', path, { url: upstream.url, dialect: 'openai', auth: 'none' }));
    assert.equal(await may(who, 'PUT', `${place.at}`, {}), false);
});

test('a notAction is no denial: another assignment gives what it leaves out', async () => {
    const who = await person('both');
    const role = await define({ dataActions: ['*'], notDataActions: [CHAT] });
    await give(admin, who, role.name);
    await give(admin, who, ROLE.openaiUser);
    await settles('the other gives it', async () => (await chat(who)) === 200);
});

test('a role is assigned where it may be, and nowhere else', async () => {
    const who = await person('scoped');
    const role = await define({ dataActions: [CHAT] });
    await assert.rejects(give(admin, who, role.name, ''), refused(409, 'Conflict'));
    await give(admin, who, role.name);
    const azure = '/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces';
    const mapped = await define({ dataActions: [CHAT] }, { assignableScopes: [`${azure}/${place.ws}`] });
    await give(admin, who, mapped.name, `${azure.slice(1)}/${place.ws}`);
    await assert.rejects(give(admin, who, mapped.name, 'workspaces/demo'), refused(409, 'Conflict'));
});

test('a denial goes before every grant, of whatever it names', async () => {
    const who = await person('denied');
    const group = `/groups/${freshName('risky')}`;
    await gate.put(group, { members: [who.id] });
    await give(admin, who, ROLE.openaiUser);
    await settles('granted', async () => (await chat(who)) === 200);
    const path = `/denyAssignments/${randomUUID()}`;
    const denial = {
        denyAssignmentName: 'No models for them',
        scope: place.endpoint,
        permissions: [{ dataActions: ['Microsoft.CognitiveServices/*'] }],
        principals: [{ id: group, type: 'Group' }],
    };
    await gate.put(path, denial);
    await settles('denied', async () => (await chat(who)) === 403);
    const record = await gate.record('refused by the denial', (r) => r.caller === `gatehouse:${who.name}` && r.rule === path);
    assert.equal(record.kind, 'refused');
    assert.match(record.reason, /deny assignment/);

    const listed = await collect(admin.denyAssignments.listForScope(scope, { filter: `principalId eq '${group}'` }));
    assert.equal(listed.length, 1);
    assert.equal(listed[0].denyAssignmentName, denial.denyAssignmentName);
    assert.equal(listed[0].isSystemProtected, false);
    assert.deepEqual(listed[0].principals, denial.principals);
    for (const filter of [`assignedTo('${group}')`, "roleDefinitionId eq 'x'", `gdprExportPrincipalId eq '${group}'`])
        await assert.rejects(collect(admin.denyAssignments.listForScope(scope, { filter })), refused(400, 'InvalidFilter'));
    assert.equal((await collect(admin.denyAssignments.listForScope(scope, { filter: `denyAssignmentName eq '${denial.denyAssignmentName}' and atScope()` }))).length, 1);
    assert.equal((await admin.denyAssignments.getById(listed[0].id.slice(1))).name, path.split('/')[2]);

    await gate.put(path, { ...denial, excludePrincipals: [{ id: who.id, type: 'User' }] });
    await settles('spared', async () => (await chat(who)) === 200);
    await gate.put(path, { ...denial, principals: [{ id: '00000000-0000-0000-0000-000000000000', type: 'SystemDefined' }] });
    await settles('everyone', async () => (await chat(who)) === 403);
    await gate.put(path, { ...denial, doNotApplyToChildScopes: true });
    await settles('at the endpoint alone', async () => (await chat(who)) === 200);
    await gate.put(path, { ...denial, condition: "@Environment[subnet] IpMatch '203.0.113.0/24'" });
    await settles('from elsewhere', async () => (await chat(who)) === 200);
    await gate.put(path, { ...denial, condition: "@Environment[subnet] IpMatch '127.0.0.0/8'" });
    await settles('from here', async () => (await chat(who)) === 403);
    await gate.put(path, { ...denial, condition: "@Principal[Microsoft.Directory/CustomSecurityAttributes/Id:cleared] BoolEquals false" });
    assert.equal(await chat(who), 403, 'what cannot be evaluated denies');
    await gate.put(who.id, { kind: 'user', customSecurityAttributes: { cleared: true } });
    await settles('cleared', async () => (await chat(who)) === 200);
    await gate.delete(path);
});

test('denials that mean nothing, or are not the caller’s to write, are refused', async () => {
    const bad = async (more) => {
        const body = { denyAssignmentName: 'x', scope: place.endpoint, permissions: [{ actions: ['*'] }], principals: [{ id: '/groups/none' }], ...more };
        return (await gate.api('PUT', `/denyAssignments/${randomUUID()}`, body)).status;
    };
    assert.equal(await bad({}), 409, 'no such group');
    assert.equal(await bad({ principals: [{ id: 'x', type: 'SystemDefined' }] }), 400);
    assert.equal(await bad({ principals: [{ id: '00000000-0000-0000-0000-000000000000', type: 'User' }] }), 400);
    assert.equal(await bad({ principals: [] }), 400);
    assert.equal(await bad({ permissions: [{ actionz: ['*'] }] }), 400);
    assert.equal(await bad({ condition: 'true' }), 400);
    assert.equal(await bad({ isSystemProtected: true }), 403);
});

test('who may hand out one role hands out that one alone', async () => {
    const manager = await person('manager');
    const other = await person('other');
    await give(admin, manager, PROJECT_MANAGER, ws);
    const theirs = clientOf(manager.token);
    let made, why;
    await settles('the manager may', async () => (made ??= await give(theirs, other, AI_USER).catch((e) => void (why = e.message)))).catch(() => assert.fail(why));
    assert.equal(made.principalId, other.id);
    await settles('it counts', async () => (await chat(other)) === 200);
    for (const role of [ROLE.owner, ROLE.openaiUser, PROJECT_MANAGER])
        await assert.rejects(give(theirs, other, role), refused(403, 'AuthorizationFailed', /roleAssignments\/write/));
    await assert.rejects(give(theirs, other, AI_USER, ''), refused(403, 'AuthorizationFailed'));
    const byAdmin = await give(admin, other, ROLE.openaiUser);
    await assert.rejects(theirs.roleAssignments.delete(scope, byAdmin.name), refused(403, 'AuthorizationFailed', /roleAssignments\/delete/));
    assert.equal((await theirs.roleAssignments.delete(scope, made.name)).name, made.name);
    await admin.roleAssignments.delete(scope, byAdmin.name);
});

test('a condition of an assignment holds at the edge', async () => {
    const who = await person('conditioned');
    const one = await give(admin, who, ROLE.openaiUser, scope, {
        condition: `(!(ActionMatches{'*/chat/*'})) OR (@Resource[Gatehouse:Deployment] StringEquals 'json' AND @Environment[subnet] IpMatch '127.0.0.0/8')`,
        conditionVersion: '2.0',
    });
    assert.equal(one.conditionVersion, '2.0');
    await settles('it holds', async () => (await chat(who)) === 200);
    await admin.roleAssignments.delete(scope, one.name);
    await give(admin, who, ROLE.openaiUser, scope, { condition: "@Resource[Gatehouse:Deployment] StringEquals 'another'", conditionVersion: '2.0' });
    await settles('it does not', async () => (await chat(who)) === 403);
    await assert.rejects(give(admin, await person('x'), AI_USER, scope, { condition: 'whatever', conditionVersion: '2.0' }), (e) => e.statusCode === 400);
    // What a token proves is conditional access's: a condition that asks for it is refused by its name when it is written, never ignored.
    for (const condition of ['@Principal[Gatehouse:Mfa] BoolEquals true', "@Environment[device] StringEquals 'compliant'", "ActionMatches{'*'} AND @Principal[acrs] StringEquals 'c1'"]) {
        const attribute = new RegExp(condition.match(/@\w+\[[^\]]+\]/)[0].replace(/[[\]]/g, '\\$&'));
        const body = { condition, conditionVersion: '2.0' };
        await assert.rejects(give(admin, await person('x'), AI_USER, scope, body), refused(400, 'BadRequest', /conditional access/));
        await assert.rejects(give(admin, await person('x'), AI_USER, scope, body), refused(400, 'BadRequest', attribute));
        const denial = { denyAssignmentName: 'x', scope: place.endpoint, permissions: [{ actions: ['*'] }], principals: [{ id: (await person('x')).id }] };
        assert.equal((await gate.api('PUT', `/denyAssignments/${randomUUID()}`, { ...denial, ...body })).status, 400);
        const role = { roleName: freshName('role'), permissions: [{ actions: ['*'], ...body }] };
        assert.match((await gate.api('PUT', `/roleDefinitions/${randomUUID()}`, role)).json.detail, /conditional access/);
    }
});

test('IT administrators read neither prompts nor secrets, and cannot make themselves able to', async () => {
    const it = await person('it');
    const role = (await collect(admin.roleDefinitions.list('', { filter: "roleName eq 'Gatehouse IT Administrator'" })))[0];
    await give(admin, it, role.name, '');
    await settles('known', () => may(it, 'GET', `${place.at}`));
    assert.equal(await chat(it), 403);
    await gate.put(`${place.at}/secrets/s`, { value: 'a-secret-that-nobody-reads' });
    assert.equal(await may(it, 'GET', `${place.at}/secrets/s`), false);
    const theirs = clientOf(it.token);
    for (const wanted of [ROLE.openaiUser, AI_USER]) await assert.rejects(give(theirs, it, wanted), (e) => e.statusCode === 403);
});

test('what the caller may, and what there is', async () => {
    const who = await makeCaller(gate, { role: ROLE.reader, scope: `${place.at}` });
    const got = await arm(`${place.at}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`, who.token);
    assert.equal(got.status, 200, got.text);
    assert.deepEqual(got.json.value.map((p) => p.actions), [['*/read']]);
    const providers = await collect(admin.providerOperationsMetadataOperations.list());
    const ml = providers.find((p) => p.name === 'Microsoft.MachineLearningServices');
    const type = ml.resourceTypes.find((t) => t.name === 'workspaces/onlineEndpoints');
    assert.ok(type.operations.some((o) => o.name.endsWith('onlineEndpoints/read') && o.isDataAction === false));
    assert.equal((await admin.providerOperationsMetadataOperations.get('Microsoft.KeyVault')).name, 'Microsoft.KeyVault');
});

test('the denial of the README is applied as it stands, and a role of Azure with its scopes mapped', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-rbac-'));
    const [, yaml] = fs.readFileSync(new URL('../../README.md', import.meta.url), 'utf8').match(/```yaml\n(id: \/denyAssignments\/[\s\S]*?)```/);
    const file = path.join(dir, 'denial.yaml');
    const who = await person('office');
    await give(admin, who, ROLE.openaiUser);
    fs.writeFileSync(file, yaml.replace('/workspaces/research', place.at));
    const applied = await gate.local(['apply', '-f', file]);
    assert.equal(applied.code, 0, applied.stderr);
    await settles('from the office', async () => (await chat(who)) === 200);
    fs.writeFileSync(file, yaml.replace('/workspaces/research', place.at).replace("'127.0.0.0/8'", "'198.51.100.0/24'"));
    assert.equal((await gate.local(['apply', '-f', file])).code, 0);
    await settles('from elsewhere', async () => (await chat(who)) === 403);
    await gate.delete(yaml.match(/id: (\S+)/)[1]);

    const guid = randomUUID();
    const role = { roleName: freshName('imported'), type: 'CustomRole', permissions: [{ actions: ['*/read'] }], assignableScopes: ['/subscriptions/S', '/subscriptions/T'] };
    fs.writeFileSync(file, `id: /roleDefinitions/${guid}\nproperties: ${JSON.stringify(role)}\n`);
    const mapped = await gate.local(['apply', '-f', file, '--map', `/subscriptions/S=${place.at}`, '--dry-run']);
    assert.equal(mapped.code, 0, mapped.stderr);
    assert.match(mapped.stdout, new RegExp(`/subscriptions/S is taken for ${place.at}\n`));
    assert.match(mapped.stdout, /\/subscriptions\/T is taken for \/ \(not mapped\)/);
    assert.equal((await gate.local(['apply', '-f', file, '--map', `/subscriptions/S=${place.at}`, '--map', `/subscriptions/T=${place.at}`])).code, 0);
    assert.deepEqual((await admin.roleDefinitions.get('', guid)).assignableScopes, [place.at]);
    fs.rmSync(dir, { recursive: true });
});

test('of all roles as list prints them, among them built-in ones and one with a scope of Azure, apply writes the one that was changed', async () => {
    const azure = `/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/${place.ws}`;
    const mapped = await define({ actions: ['*/read'] }, { assignableScopes: [azure] });
    const role = await define({ actions: ['*/read'] }, { description: 'as it was' });
    const dir = fs.mkdtempSync(path.join(gate.dir, 'roles-'));
    const file = path.join(dir, 'roles.yaml');
    const all = (await gate.local(['list', '/roleDefinitions', '-o', 'yaml'])).stdout;
    assert.match(all, new RegExp(`- "?${azure}"?\n`));
    assert.match(all, /BuiltInRole/);
    fs.writeFileSync(file, all.replace('as it was', 'as it is now'));
    const applied = await gate.local(['apply', '-f', file]);
    assert.equal(applied.code, 0, applied.stderr);
    assert.match(applied.stdout, /^0 new, 1 changed, \d+ unchanged$/m);
    assert.match(applied.stdout, /nobody gains or loses anything/);
    assert.equal((await admin.roleDefinitions.get('', role.name)).description, 'as it is now');
    assert.deepEqual((await admin.roleDefinitions.get('', mapped.name)).assignableScopes, [azure]);
    const compared = await gate.local(['access', 'diff', '-f', file]);
    assert.equal(compared.code, 0, compared.stderr);
    fs.rmSync(dir, { recursive: true });
});

test('without rights nothing is told', async () => {
    const who = await makeCaller(gate, { role: ROLE.openaiUser, scope: place.endpoint });
    const theirs = clientOf(who.token);
    await assert.rejects(collect(theirs.denyAssignments.listForScope(scope)), refused(403, 'AuthorizationFailed', /denyAssignments\/read/));
    await assert.rejects(give(theirs, { id: `gatehouse:${who.name}` }, ROLE.owner), refused(403, 'AuthorizationFailed'));
    await assert.rejects(theirs.roleDefinitions.createOrUpdate(scope, randomUUID(), { roleName: freshName('r'), permissions: [{ actions: ['*'] }] }), refused(403, 'AuthorizationFailed'));
});
