// SPDX-License-Identifier: Apache-2.0
// Questions about access: of a server and of files, the same answers; who gains or loses what; nobody locks himself out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { BINARY, freshName, sharedInstallation } from './harness.mjs';

const gate = sharedInstallation();
const READ = 'Microsoft.MachineLearningServices/workspaces/read',
    WRITE = 'Microsoft.MachineLearningServices/workspaces/write',
    READER = 'acdd72a7-3385-48ef-bd42-f606fba81ae7';
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-access-'));
after(() => fs.rmSync(dir, { recursive: true }));

const cli = (...args) => {
    const { status, stdout, stderr } = spawnSync(BINARY, args, { encoding: 'utf8' });
    return { status, stdout, stderr, json: () => JSON.parse(stdout) };
};
const server = ['--data', gate.data];
const document = (id, properties) => `id: ${id}\nproperties: ${JSON.stringify(properties)}\n`;
const file = (name, ...documents) => {
    const at = path.join(dir, name);
    fs.writeFileSync(at, documents.join('---\n'));
    return at;
};

const who = freshName('ann'), ws = freshName('ws');
await gate.put(`/workspaces/${ws}`, {});
await gate.put(`/identities/${who}`, { kind: 'user' });
const ask = (verb, ...args) => cli('access', verb, ...server, '--as', `/identities/${who}`, '--scope', `/workspaces/${ws}`, ...args);

test('a server says no by default, and yes with the rule once something grants it', async () => {
    const denied = ask('check', '--action', READ, '-o', 'json');
    assert.equal(denied.status, 1, denied.stderr);
    assert.deepEqual([denied.json().decision, denied.json().rule], ['deny', 'default deny']);
    const id = randomUUID();
    await gate.put(`/roleAssignments/${id}`, { roleDefinitionId: READER, principalId: `/identities/${who}`, scope: `/workspaces/${ws}` });
    const allowed = ask('check', '--action', READ, '-o', 'json');
    assert.equal(allowed.status, 0, allowed.stderr);
    assert.deepEqual([allowed.json().decision, allowed.json().rule, allowed.json().role], ['allow', `/roleAssignments/${id}`, 'Reader']);
    assert.equal(ask('check', '--action', WRITE).status, 1);
    const told = ask('explain', '--action', WRITE, '-o', 'json').json();
    assert.equal(told.considered.find((c) => c.rule === `/roleAssignments/${id}`).outcome, 'the role does not have the action');
    const can = cli('access', 'who-can', ...server, '--action', READ, '--scope', `/workspaces/${ws}`, '-o', 'json').json();
    assert.equal(can.principals.find((p) => p.principal === `/identities/${who}`).rule, `/roleAssignments/${id}`);
    const what = cli('access', 'what-can', ...server, '--as', `/identities/${who}`, '-o', 'json').json();
    assert.ok(what.scopes.find((s) => s.scope === `/workspaces/${ws}`).actions.includes(READ));
});

test('what cannot be asked is exit status 2, with a reason', () => {
    for (const [args, reason] of [
        [['--action', 'no/such/action'], /there is no such action/],
        [['--action', READ, '--with', 'country=Germany'], /two letters/],
        [['--action', READ, '--with', 'colour=red'], /--with takes/],
        [[], /the action is missing/],
    ]) {
        const got = ask('check', ...args);
        assert.equal(got.status, 2, `${args}: ${got.stdout}`);
        assert.match(got.stderr, reason);
    }
});

test('files are judged without a server, by the same rules', () => {
    const at = file('policy.yaml', document('/workspaces/w', {}), document('/identities/bob', { kind: 'user' }),
        document('/groups/readers', { members: ['/identities/bob'] }),
        document(`/roleAssignments/${randomUUID()}`, { roleDefinitionId: 'Reader', principalId: '/groups/readers', scope: '/' }),
        document(`/denyAssignments/${randomUUID()}`, { denyAssignmentName: 'not bob', scope: '/workspaces/w', permissions: [{ actions: [READ] }], principals: [{ id: '/identities/bob', type: 'User' }] }));
    const of = (scope) => cli('access', 'check', '-f', at, '--as', '/identities/bob', '--action', READ, '--scope', scope, '-o', 'json');
    assert.equal(of('/workspaces/w').status, 1);
    assert.match(of('/workspaces/w').json().rule, /^\/denyAssignments\//);
    assert.equal(of('/workspaces/other').status, 0, 'the denial is for one workspace');
    const broken = file('broken.yaml', document('/identities/bob', { kind: 'ghost' }));
    assert.equal(cli('access', 'check', '-f', broken, '--as', '/identities/bob', '--action', READ, '--scope', '/').status, 2);
});

test('conditional access has its say, by what is told of the sign-in', async () => {
    const id = freshName('mfa');
    await gate.put(`/conditionalAccess/${id}`, { displayName: 'MFA for her', state: 'enabled',
        conditions: { users: { includeUsers: [`/identities/${who}`] }, applications: { includeApplications: ['All'] } },
        grantControls: { operator: 'OR', builtInControls: ['mfa'] } });
    const without = ask('check', '--action', READ, '-o', 'json');
    assert.equal(without.status, 1);
    assert.equal(without.json().rule, id);
    assert.equal(ask('check', '--action', READ, '--with', 'proofs=mfa').status, 0);
    await gate.must('DELETE', `/conditionalAccess/${id}`);
});

test('diff and apply tell who gains and loses what', async () => {
    const at = file('gain.yaml', document(`/roleAssignments/${randomUUID()}`, { roleDefinitionId: 'Contributor', principalId: `/identities/${who}`, scope: `/workspaces/${ws}` }));
    const diff = cli('access', 'diff', ...server, '-f', at, '-o', 'json');
    assert.equal(diff.status, 0, diff.stderr);
    const change = diff.json().changes.find((c) => c.principal === `/identities/${who}` && c.scope === `/workspaces/${ws}`);
    assert.ok(change.gains.includes(WRITE));
    assert.deepEqual(change.loses, []);
    const dry = cli('apply', ...server, '-f', at, '--dry-run');
    assert.equal(dry.status, 0, dry.stderr);
    assert.match(dry.stdout, new RegExp(`\\+ /identities/${who} at /workspaces/${ws}: `));
});

test('apply refuses what would leave nobody who can give roles, and writes nothing of it', async () => {
    const id = randomUUID();
    const at = file('lockout.yaml', document(`/denyAssignments/${id}`, { denyAssignmentName: 'everyone', scope: '/',
        permissions: [{ actions: ['Microsoft.Authorization/*'] }], principals: [{ id: '00000000-0000-0000-0000-000000000000', type: 'SystemDefined' }] }));
    const got = cli('apply', ...server, '-f', at);
    assert.equal(got.status, 1, got.stdout);
    assert.match(got.stderr, /the last administrator would be locked out/);
    assert.equal((await gate.request({ path: `/api/denyAssignments/${id}` })).status === 200, false);
    const block = file('block.yaml', document('/conditionalAccess/block-all', { displayName: 'block', state: 'enabled',
        conditions: { users: { includeUsers: ['All'] }, applications: { includeApplications: ['All'] } }, grantControls: { operator: 'OR', builtInControls: ['block'] } }));
    assert.equal(cli('apply', ...server, '-f', block).status, 1);
});

// ---- what is written about it does what it says ----

const PAGE = fs.readFileSync(new URL('../../docs/access.md', import.meta.url), 'utf8');
const blocks = (kind) => [...PAGE.matchAll(new RegExp('```' + kind + '\\n([\\s\\S]*?)```', 'g'))].map((m) => m[1]);
const shell = (line, cwd) => spawnSync('sh', ['-c', line], { cwd, encoding: 'utf8' });
const pasted = (line, name) =>
    line.replaceAll('/var/lib/gatehouse', gate.data).replaceAll('demo-client', name).replaceAll(/(^|[;(|] ?)gatehouse /g, `$1${BINARY} `);

test('what docs/access.md shows is so: personas, who hands out one role, four identity providers', () => {
    const files = blocks('yaml').map((text, i) => file(`docs-${i}.yaml`, text));
    assert.equal(files.length, 6);
    const all = files.flatMap((at) => ['-f', at]);
    const CHAT = 'Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action',
        SECRET = 'Microsoft.KeyVault/vaults/secrets/getSecret/action';
    const may = (name, action) => cli('access', 'check', ...all, '--as', `/identities/${name}`, '--scope', '/workspaces/lab', '--action', action).status;
    assert.deepEqual([may('dana', CHAT), may('devi', CHAT), may('ivan', CHAT)], [0, 0, 1]);
    assert.deepEqual([may('dana', SECRET), may('devi', SECRET), may('ivan', SECRET)], [1, 1, 1]);
    assert.deepEqual([may('ivan', READ), may('dana', 'Microsoft.Authorization/roleAssignments/write')], [0, 1]);
});

test('docs/access.md: its commands work when they are pasted, and its files are applied as they stand', async () => {
    const at = path.join(dir, 'page'), name = freshName('page');
    fs.mkdirSync(at);
    await gate.put(`/identities/${name}`, { kind: 'user' });
    const lines = blocks('sh').join('').split('\n').filter((l) => l.startsWith('gatehouse '));
    assert.equal(lines.length, 7);
    for (const line of lines) {
        const got = shell(pasted(line, name), at);
        assert.equal(got.status, 0, `${line}\n${got.stdout}${got.stderr}`);
    }
    blocks('yaml').forEach((text, i) => fs.writeFileSync(path.join(at, `${i}.yaml`), text));
    const dry = cli('apply', ...server, '-f', at, '--dry-run');
    assert.equal(dry.status, 0, dry.stderr);
    await gate.must('DELETE', '/accessReviews/access-docs');
});

test('docs/access.md: roles and policies of Azure are brought as it says', { skip: shell('command -v jq').status !== 0 && 'jq is not installed' }, () => {
    const at = path.join(dir, 'azure'), guid = randomUUID();
    fs.mkdirSync(at);
    const entry = { actions: ['Microsoft.MachineLearningServices/workspaces/*/read'], notActions: [], dataActions: [], notDataActions: [], condition: null, conditionVersion: null };
    fs.writeFileSync(path.join(at, 'roles.json'), JSON.stringify([{ assignableScopes: ['/subscriptions/SUB'], createdBy: 'x', createdOn: '2024-01-01T00:00:00+00:00',
        description: 'Reads', id: `/subscriptions/SUB/providers/Microsoft.Authorization/roleDefinitions/${guid}`, name: guid, permissions: [entry],
        roleName: freshName('role'), roleType: 'CustomRole', type: 'Microsoft.Authorization/roleDefinitions', updatedBy: 'x', updatedOn: '2024-01-01T00:00:00+00:00' }]));
    const none = { includeGuestsOrExternalUsers: null, excludeGuestsOrExternalUsers: null };
    fs.writeFileSync(path.join(at, 'policies.json'), JSON.stringify({ '@odata.context': 'x', value: [{ id: guid, templateId: null, displayName: 'MFA for all', state: 'enabled',
        createdDateTime: '2024-01-01T00:00:00Z', modifiedDateTime: null, sessionControls: null, grantControls: { operator: 'OR', builtInControls: ['mfa'], customAuthenticationFactors: [], termsOfUse: [], authenticationStrength: null },
        conditions: { userRiskLevels: [], signInRiskLevels: [], clientAppTypes: ['all'], platforms: null, locations: null, devices: null, clientApplications: null, servicePrincipalRiskLevels: [], insiderRiskLevels: null,
            applications: { includeApplications: ['All'], excludeApplications: [], includeUserActions: [], includeAuthenticationContextClassReferences: [], applicationFilter: null },
            users: { includeUsers: ['All'], excludeUsers: [], includeGroups: [], excludeGroups: [], includeRoles: [], excludeRoles: [], ...none } } }] }));
    for (const line of blocks('sh').join('').split('\n').filter((l) => l.startsWith('jq '))) assert.equal(shell(line, at).status, 0, line);
    const got = cli('apply', ...server, '-f', path.join(at, 'azure-roles.yaml'), '-f', path.join(at, 'azure-policies.yaml'), '--map', `/subscriptions/SUB=/workspaces/${ws}`, '--dry-run');
    assert.equal(got.status, 0, got.stderr);
    assert.match(got.stdout, new RegExp(`/subscriptions/SUB is taken for /workspaces/${ws}`));
});

// Those that a person can paste into an installation of the demo as they are; the others name a request or a decision of somebody's own.
test('the examples of --help work when they are pasted', async () => {
    const at = path.join(dir, 'help'), name = freshName('pasted');
    fs.mkdirSync(at);
    await gate.put(`/identities/${name}`, { kind: 'user' });
    for (const command of ['access check', 'access explain', 'access who-can', 'access what-can', 'access diff', 'access list', 'access recommend', 'review create',
        'review list', 'review show', 'review stop', 'review apply', 'risk list', 'risk show', 'risk confirm', 'risk dismiss', 'revoke token', 'revoke sessions', 'contain']) {
        const example = cli('help', ...command.split(' ')).stdout.split('Example:\n')[1].trim();
        assert.match(example, new RegExp(`gatehouse ${command}`));
        let got = shell(pasted(example, name), at);
        for (let i = 0; i < 50 && got.status !== 0 && command.startsWith('review '); i++) {
            await sleep(100); // an instance begins with the next tick of the clock
            got = shell(pasted(example, name), at);
        }
        const isAsked = ['access check', 'access explain'].includes(command); // then 1 is an answer too
        const isNew = command === 'risk show' && /never seen/.test(got.stdout + got.stderr);
        assert.ok(got.status === 0 || (isAsked && got.status === 1) || isNew, `${example}\n${got.status} ${got.stdout}${got.stderr}`);
    }
    await gate.must('DELETE', '/accessReviews/quarterly');
});
