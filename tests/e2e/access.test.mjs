// SPDX-License-Identifier: Apache-2.0
// Questions about access: of a server and of files, the same answers; who gains or loses what; nobody locks himself out.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
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

test('what docs/access.md shows is so: personas, who hands out one role, four identity providers', () => {
    const page = fs.readFileSync(path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../docs/access.md'), 'utf8');
    const blocks = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text], i) => file(`docs-${i}.yaml`, text));
    assert.equal(blocks.length, 6);
    const all = blocks.flatMap((at) => ['-f', at]);
    const CHAT = 'Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action',
        SECRET = 'Microsoft.KeyVault/vaults/secrets/getSecret/action';
    const may = (name, action) => cli('access', 'check', ...all, '--as', `/identities/${name}`, '--scope', '/workspaces/lab', '--action', action).status;
    assert.deepEqual([may('dana', CHAT), may('devi', CHAT), may('ivan', CHAT)], [0, 0, 1]);
    assert.deepEqual([may('dana', SECRET), may('devi', SECRET), may('ivan', SECRET)], [1, 1, 1]);
    assert.deepEqual([may('ivan', READ), may('dana', 'Microsoft.Authorization/roleAssignments/write')], [0, 1]);
});
