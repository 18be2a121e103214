// SPDX-License-Identifier: Apache-2.0
// Just-in-time elevation with Azure's unmodified client: eligible and active, every rule of the role's policy, approval by somebody else,
// times, and that nothing is left when it is over.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AuthorizationManagementClient } from '@azure/arm-authorization';
import { ROLE, canary, eventually, freshName, makeCaller, makePlace, settles, sharedInstallation } from './harness.mjs';
import { Issuer } from './issuer.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
const issuer = await Issuer.start();
after(() => (upstream.close(), issuer.close()));
const place = await makePlace(gate, { upstream, models: ['json'] });
const scope = place.at.slice(1); // as the client wants it: without the first slash
const roleId = (role) => `/${scope}/providers/Microsoft.Authorization/roleDefinitions/${role}`;

// People come from an issuer of their own, whose tokens say how they signed in.
const issuerName = freshName('people');
await gate.put(`/issuers/${issuerName}`, issuer.properties({ audiences: [`api://${issuerName}`], claimsMap: { preset: 'rfc8176' } }));
class Person {
    static async make(stem) {
        const it = new Person();
        it.name = freshName(stem);
        it.id = `/identities/${it.name}`;
        await gate.put(it.id, { kind: 'user', issuer: issuerName, subject: it.name });
        return it;
    }
    token(more = { amr: ['pwd', 'mfa'] }) {
        return canary(issuer.token(issuer.claims({ sub: this.name, oid: this.name, aud: `api://${issuerName}`, ...more })));
    }
    client(more) {
        return clientOf(this.token(more));
    }
}
const clientOf = (token) => {
    const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_000_000 }) };
    return new AuthorizationManagementClient(credential, randomUUID(), {
        endpoint: gate.ready.arm_endpoint,
        credentialScopes: ['https://gatehouse/.default'],
    });
};
const admin = clientOf(gate.adminToken);
const hour = (duration = 'PT1H') => ({ startDateTime: new Date(), expiration: { type: 'AfterDuration', duration } });
const refused = (status, code, words) => (e) => {
    assert.equal(e.statusCode, status, e.message);
    assert.equal(e.code ?? e.details?.error?.code, code, e.message);
    if (words) assert.match(e.message, words);
    return true;
};
const make = (person, role = ROLE.openaiUser, more = {}) =>
    admin.roleEligibilityScheduleRequests.create(scope, randomUUID(), {
        principalId: person.id,
        roleDefinitionId: roleId(role),
        requestType: 'AdminAssign',
        scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'P90D' } },
        ...more,
    });
const activate = (client, person, more = {}) =>
    client.roleAssignmentScheduleRequests.create(scope, randomUUID(), {
        principalId: person.id,
        roleDefinitionId: roleId(ROLE.openaiUser),
        requestType: 'SelfActivate',
        justification: 'because of the incident',
        scheduleInfo: hour(),
        ...more,
    });
const collect = async (pages) => {
    const all = [];
    for await (const one of pages) all.push(one);
    return all;
};
const mayChat = async (person) => (await place.chat('json', { token: person.token() })).status;

/** Changes rules of the role's policy at the place, as an administrator does: list, patch. */
async function policy(rules, role = ROLE.openaiUser) {
    const bound = await collect(admin.roleManagementPolicyAssignments.listForScope(scope));
    const own = bound.find((b) => b.roleDefinitionId.endsWith(role));
    const name = own.policyId.split('/').at(-1);
    return admin.roleManagementPolicies.update(scope, name, { rules });
}
const enabled = (...enabledRules) => ({ id: 'Enablement_EndUser_Assignment', ruleType: 'RoleManagementPolicyEnablementRule', enabledRules });
const approval = (required, ...approvers) => ({
    id: 'Approval_EndUser_Assignment',
    ruleType: 'RoleManagementPolicyApprovalRule',
    setting: {
        isApprovalRequired: required,
        approvalMode: required ? 'SingleStage' : 'NoApproval',
        approvalStages: [{ approvalStageTimeOutInDays: 1, isApproverJustificationRequired: true, isEscalationEnabled: false,
            primaryApprovers: approvers.map((a) => ({ id: a.id, userType: 'User', isBackup: false })) }],
    },
});

test('who is eligible can do nothing yet, and is known at the door', async () => {
    const ann = await Person.make('ann');
    const made = await make(ann);
    assert.equal(made.status, 'Provisioned');
    await settles('the edge knows her', async () => (await place.chat('json', { token: ann.token() })).status === 403);
    const client = ann.client();
    const mine = await collect(client.roleEligibilityScheduleInstances.listForScope(scope, { filter: 'asTarget()' }));
    assert.deepEqual(mine.map((m) => [m.principalId, m.memberType, m.status]), [[ann.id, 'Direct', 'Provisioned']]);
    assert.deepEqual((await collect(client.eligibleChildResources.list(''))).map((c) => c.id), [place.at]);
    assert.deepEqual(await collect(client.roleAssignmentScheduleInstances.listForScope(scope, { filter: 'asTarget()' })), []);
});

test('an activation is refused for each rule that fails, by its name, and granted within limits', async () => {
    const bob = await Person.make('bob');
    await policy([enabled('MultiFactorAuthentication', 'Justification', 'Ticketing')]);
    await settles('the edge knows him', async () => {
        if (!bob.made) bob.made = await make(bob);
        return (await place.chat('json', { token: bob.token() })).status === 403;
    });
    const client = bob.client();
    const ticket = { ticketInfo: { ticketNumber: 'INC-1', ticketSystem: 'desk' } };
    const code = 'RoleAssignmentRequestPolicyValidationFailed';
    await assert.rejects(activate(client, bob, { justification: undefined, ...ticket }), refused(400, code, /"JustificationRule"/));
    await assert.rejects(activate(client, bob), refused(400, code, /"TicketingRule"/));
    await assert.rejects(activate(client, bob, { ...ticket, scheduleInfo: hour('PT9H') }), refused(400, code, /"ExpirationRule"/));
    await assert.rejects(
        activate(client, bob, { ...ticket, scheduleInfo: { expiration: { type: 'NoExpiration' } } }),
        refused(400, code, /"ExpirationRule"/),
    );
    await assert.rejects(
        activate(client, bob, { ...ticket, roleDefinitionId: roleId(ROLE.owner) }),
        refused(400, code, /"EligibilityRule"/),
    );
    await assert.rejects(
        activate(bob.client({ amr: ['pwd'] }), bob, { justification: undefined }),
        refused(400, code, /"JustificationRule","TicketingRule","MfaRule"/),
    );
    // A client that can take a challenge gets the one of conditional access; one that cannot is told the rule by its name.
    const weak = await ask(bob.token({ amr: ['pwd'], xms_cc: ['cp1'] }), bob, ticket);
    assert.equal(weak.status, 401, weak.text);
    assert.match(weak.json.error.message, /"MfaRule"/);
    assert.deepEqual(claimsOf(weak), { amr: { essential: true, values: ['mfa'] } });
    assert.match(weak.headers['www-authenticate'], new RegExp(`^Bearer realm="", authorization_uri="${issuer.url}", error="insufficient_claims"`));
    assert.equal(weak.headers['www-authenticate'].match(/Bearer/g).length, 1, 'one challenge');
    const deaf = await ask(bob.token({ amr: ['pwd'] }), bob, ticket);
    assert.equal(deaf.status, 400, deaf.text);
    assert.match(deaf.json.error.message, /"MfaRule"/);
    const got = await activate(client, bob, { ...ticket, scheduleInfo: hour('PT2H') });
    assert.equal(got.status, 'Provisioned');
    assert.equal(got.expandedProperties.principal.id, bob.id);
    await settles('the role is active', async () => (await mayChat(bob)) === 200);
    await assert.rejects(activate(client, bob, ticket), refused(400, 'RoleAssignmentExists'));
    const active = await collect(client.roleAssignmentScheduleInstances.listForScope(scope, { filter: 'asTarget()' }));
    assert.deepEqual(active.map((a) => a.assignmentType), ['Activated']);
    assert.ok(Math.abs(active[0].endDateTime - active[0].startDateTime - 7_200_000) < 2000);
    await assert.rejects(
        activate(client, bob, { requestType: 'SelfDeactivate' }),
        refused(400, 'ActiveDurationTooShort'),
    );
});

// One activation as it is on the wire, for its headers.
const ask = (token, person, more = {}) =>
    gate.request({
        method: 'PUT',
        path: `/arm/${scope}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/${randomUUID()}?api-version=2020-10-01`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({
            properties: { principalId: person.id, roleDefinitionId: roleId(ROLE.openaiUser), requestType: 'SelfActivate', justification: 'x', ...more },
        }),
    });
const claimsOf = (answer) =>
    JSON.parse(Buffer.from(answer.headers['www-authenticate'].match(/insufficient_claims".* claims="([^"]+)"/)[1], 'base64')).access_token;

// What means multifactor authentication is said by the map of each issuer, and so is what a client is told to bring.
test('the proof of a person is that of his own issuer', async () => {
    await policy([enabled('MultiFactorAuthentication', 'Justification')]);
    for (const [map, proves, says] of [
        [{ preset: 'entra', rules: [{ claim: 'acrs', values: ['c7'], means: ['mfa'] }] }, { acrs: ['c7'] }, { acrs: { essential: true, value: 'c7' }, amr: undefined }],
        [{ preset: 'keycloak', rules: [{ claim: 'acr', values: ['gold'], means: ['mfa'] }] }, { acr: 'gold' }, { acr: { essential: true, values: ['gold'] } }],
        [{ rules: [{ claim: ['strong'], values: ['true'], means: ['mfa'] }] }, { strong: true }, null],
    ]) {
        const name = freshName('map');
        const own = await Issuer.start();
        after(() => own.close());
        await gate.put(`/issuers/${name}`, own.properties({ audiences: [`api://${name}`], claimsMap: map }));
        const who = freshName('who');
        await gate.put(`/identities/${who}`, { kind: 'user', issuer: name, subject: who });
        const person = { id: `/identities/${who}` };
        const token = (more) => canary(own.token(own.claims({ sub: who, oid: who, aud: `api://${name}`, xms_cc: ['cp1'], ...more })));
        await make(person);
        await settles('the edge knows him', async () => (await place.chat('json', { token: token({}) })).status === 403);
        const weak = await ask(token({ amr: ['otherwise'] }), person);
        assert.equal(weak.status, says ? 401 : 400, `${name}: ${weak.text}`); // no claim that a client could ask for proves it: then there is no challenge
        for (const [claim, wanted] of Object.entries(says ?? {})) if (wanted) assert.deepEqual(claimsOf(weak)[claim], wanted);
        assert.equal((await ask(token(proves), person)).status, 201);
    }
});

test('an authentication context stands instead of the other proof', async () => {
    const cleo = await Person.make('cleo');
    await make(cleo);
    await policy([enabled('Justification'), { id: 'AuthenticationContext_EndUser_Assignment', ruleType: 'RoleManagementPolicyAuthenticationContextRule', isEnabled: true, claimValue: 'c1' }]);
    await settles('the edge knows her', async () => (await place.chat('json', { token: cleo.token() })).status === 403);
    await assert.rejects(activate(cleo.client(), cleo), refused(400, 'RoleAssignmentRequestPolicyValidationFailed', /"AuthenticationContextRule"/));
    const told = await ask(cleo.token({ amr: ['pwd', 'mfa'], xms_cc: ['CP1'] }), cleo);
    assert.equal(told.status, 401, told.text);
    assert.deepEqual(claimsOf(told), { acrs: { essential: true, value: 'c1' } });
    assert.match(told.headers['www-authenticate'], /acr_values="c1"/);
    assert.equal((await activate(cleo.client({ acrs: ['c1'] }), cleo)).status, 'Provisioned');
    await policy([{ id: 'AuthenticationContext_EndUser_Assignment', ruleType: 'RoleManagementPolicyAuthenticationContextRule', isEnabled: false }]);
});

test('approval by somebody else, and the clock starts when it is given', async () => {
    const [dan, eve, fay] = [await Person.make('dan'), await Person.make('eve'), await Person.make('fay')];
    await make(dan);
    await make(eve, ROLE.reader);
    await policy([enabled('Justification'), approval(true, eve, dan)]);
    await settles('the edge knows them', async () => (await place.chat('json', { token: dan.token() })).status === 403);
    const asked = await activate(dan.client(), dan);
    assert.equal(asked.status, 'PendingApproval');
    assert.equal(await mayChat(dan), 403);
    await assert.rejects(activate(dan.client(), dan), refused(409, 'RoleAssignmentRequestExists'));
    const answer = (person, reviewResult, justification) =>
        gate.request({
            method: 'PATCH',
            path: `/arm${asked.approvalId}/stages/${asked.name}?api-version=2021-01-01-preview`,
            headers: { authorization: `Bearer ${person.token()}`, 'content-type': 'application/json' },
            body: JSON.stringify({ properties: { reviewResult, justification } }),
        });
    for (const other of [dan, fay]) {
        const got = await answer(other, 'Approve', 'fine');
        assert.ok([403, 404].includes(got.status), `${got.status} ${got.text}`);
    }
    const waiting = await collect(eve.client().roleAssignmentScheduleRequests.listForScope(scope, { filter: 'asApprover()' }));
    assert.deepEqual(waiting.filter((w) => w.status === 'PendingApproval').map((w) => w.name), [asked.name]);
    assert.equal((await answer(eve, 'Approve')).json.error.code, 'JustificationRequired');
    await sleep(1100);
    const approved = await answer(eve, 'Approve', 'it is needed');
    assert.equal(approved.status, 200, approved.text);
    assert.equal(approved.json.properties.reviewResult, 'Approve');
    await settles('the role is active', async () => (await mayChat(dan)) === 200);
    const [instance] = await collect(dan.client().roleAssignmentScheduleInstances.listForScope(scope, { filter: 'asTarget()' }));
    assert.ok(instance.startDateTime - asked.createdOn >= 1000, 'the clock started when it was approved');
    assert.ok(Math.abs(instance.endDateTime - instance.startDateTime - 3_600_000) < 2000);
    assert.equal((await answer(eve, 'Deny', 'too late')).json.error.code, 'RoleAssignmentApprovalCompleted');
    const history = await dan.client().roleAssignmentScheduleRequests.get(scope, asked.name);
    assert.equal(history.status, 'Provisioned');
});

test('denied, cancelled and validated requests give nothing', async () => {
    const [gil, hal] = [await Person.make('gil'), await Person.make('hal')];
    await make(gil);
    await policy([enabled('Justification'), approval(true, hal)]);
    await settles('the edge knows them', async () => (await place.chat('json', { token: gil.token() })).status === 403);
    const first = await activate(gil.client(), gil);
    await gil.client().roleAssignmentScheduleRequests.cancel(scope, first.name);
    assert.equal((await gil.client().roleAssignmentScheduleRequests.get(scope, first.name)).status, 'Canceled');
    const dry = await gil.client().roleAssignmentScheduleRequests.validate(scope, randomUUID(), {
        principalId: gil.id, roleDefinitionId: roleId(ROLE.openaiUser), requestType: 'SelfActivate', justification: 'x', scheduleInfo: hour(),
    });
    assert.equal(dry.status, 'PendingApproval');
    await assert.rejects(gil.client().roleAssignmentScheduleRequests.get(scope, dry.name), (e) => e.statusCode === 404);
    const second = await activate(gil.client(), gil);
    const denied = await gate.request({
        method: 'PATCH',
        path: `/arm${second.approvalId}/stages/${second.name}?api-version=2021-01-01-preview`,
        headers: { authorization: `Bearer ${hal.token()}`, 'content-type': 'application/json' },
        body: JSON.stringify({ properties: { reviewResult: 'Deny', justification: 'no' } }),
    });
    assert.equal(denied.status, 200, denied.text);
    assert.equal((await gil.client().roleAssignmentScheduleRequests.get(scope, second.name)).status, 'Denied');
    assert.equal(await mayChat(gil), 403);
});

test('it ends by itself to the second', async () => {
    const ida = await Person.make('ida');
    await make(ida);
    await policy([enabled('Justification'), approval(false)]);
    await settles('the edge knows her', async () => (await place.chat('json', { token: ida.token() })).status === 403);
    const end = new Date(Math.ceil(Date.now() / 1000) * 1000 + 3000);
    await activate(ida.client(), ida, { scheduleInfo: { expiration: { type: 'AfterDateTime', endDateTime: end } } });
    await settles('the role is active', async () => (await mayChat(ida)) === 200, { withinMs: 2000 });
    await sleep(end - Date.now() - 150);
    assert.equal(await mayChat(ida), 200);
    await sleep(end - Date.now() + 20);
    assert.equal(await mayChat(ida), 403);
    const history = await collect(ida.client().roleAssignmentScheduleRequests.listForScope(scope, { filter: 'asRequestor()' }));
    assert.deepEqual(history.map((h) => [h.requestType, h.status]), [['SelfActivate', 'Provisioned']]);
    assert.equal((await activate(ida.client(), ida)).status, 'Provisioned'); // what was over is no obstacle
});

test('only who may assign the role may make others eligible; nobody asks for somebody else; what is not supported is refused by name', async () => {
    const [jim, kim] = [await Person.make('jim'), await Person.make('kim')];
    await make(jim);
    await settles('the edge knows him', async () => (await place.chat('json', { token: jim.token() })).status === 403);
    const client = jim.client();
    await assert.rejects(
        client.roleEligibilityScheduleRequests.create(scope, randomUUID(), {
            principalId: kim.id, roleDefinitionId: roleId(ROLE.openaiUser), requestType: 'AdminAssign',
            scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'P1D' } },
        }),
        refused(403, 'AuthorizationFailed'),
    );
    await assert.rejects(activate(client, kim), (e) => e.statusCode === 403);
    await assert.rejects(policyAs(client, [enabled()]), refused(403, 'AuthorizationFailed'));
    await assert.rejects(make(kim, ROLE.openaiUser, { scheduleInfo: { expiration: { type: 'NoExpiration' } } }), refused(400, 'RoleEligibilityRequestPolicyValidationFailed', /"ExpirationRule"/));
    await assert.rejects(make(kim, ROLE.openaiUser, { condition: 'x', conditionVersion: '2.0' }), refused(400, 'ConditionNotSupported'));
    const escalating = approval(true, kim);
    escalating.setting.approvalStages[0].isEscalationEnabled = true;
    await assert.rejects(policy([escalating]), refused(400, 'InvalidPolicyRule', /escalation/));
    await assert.rejects(policy([approval(true, ...[1, 2, 3, 4, 5, 6].map((i) => ({ id: `/identities/${kim.name}${i}` })))]), refused(400, 'InvalidPolicyRule', /five/));
    await assert.rejects(policy([{ id: 'Notification_Admin_Admin_Eligibility', ruleType: 'RoleManagementPolicyNotificationRule', notificationLevel: 'All' }]), refused(400, 'InvalidPolicyRule', /not sent/));
    await assert.rejects(make(jim), refused(409, 'RoleAssignmentExists'));
    const [own] = await collect(client.roleEligibilitySchedules.listForScope(scope, { filter: 'asTarget()' }));
    const ended = await make(jim, ROLE.openaiUser, { requestType: 'AdminRemove', targetRoleEligibilityScheduleId: own.id });
    assert.equal(ended.status, 'Revoked');
});

async function policyAs(client, rules) {
    const bound = await collect(admin.roleManagementPolicyAssignments.listForScope(scope));
    return client.roleManagementPolicies.update(scope, bound.find((b) => b.roleDefinitionId.endsWith(ROLE.openaiUser)).policyId.split('/').at(-1), { rules });
}

// Every list, every form of $filter that Azure's client documents for it: answered rightly, or refused by the name of the condition.
test('filters of the lists are answered rightly, or refused by name', async () => {
    const [lea, max] = [await Person.make('lea'), await Person.make('max')];
    const team = `/groups/${freshName('oncall')}`;
    await gate.put(team, { members: [lea.id] });
    const own = await make(lea, ROLE.reader);
    const byTeam = await make({ id: team }, ROLE.reader);
    await make(max, ROLE.reader);
    await settles('the edge knows her', async () => (await place.chat('json', { token: lea.token() })).status === 403);
    const [hers, his] = [lea.client(), max.client()];
    const kinds = ['roleEligibilitySchedules', 'roleEligibilityScheduleInstances'];
    const ofThree = (list) => list.map((e) => e.principalId).filter((id) => [lea.id, max.id, team].includes(id)).sort();
    for (const kind of kinds) {
        const list = async (client, filter, at = scope) => ofThree(await collect(client[kind].listForScope(at, { filter })));
        assert.deepEqual(await list(admin, `principalId eq '${lea.id}'`), [lea.id], kind);
        assert.deepEqual(await list(admin, `principalId eq '${lea.name}'`), [lea.id], kind);
        assert.deepEqual(await list(admin, `assignedTo('${lea.id}')`), [team, lea.id].sort(), kind);
        assert.deepEqual(await list(admin, `assignedTo('${lea.name}') and roleDefinitionId eq '${roleId(ROLE.owner)}'`), [], kind);
        assert.deepEqual(await list(admin, `status eq 'Provisioned' and principalId eq '${max.id}'`), [max.id], kind);
        assert.deepEqual(await list(admin, `status eq 'ScheduleCreated' and principalId eq '${max.id}'`), [], kind);
        assert.deepEqual(await list(hers, 'asTarget()'), [team, lea.id].sort(), kind);
        assert.deepEqual(await list(his, 'asTarget()'), [max.id], kind);
        assert.deepEqual(await list(his, `assignedTo('${lea.id}')`), [], `${kind}: not his to see`);
        assert.deepEqual(await list(admin, `atScope() and principalId eq '${lea.id}'`, ''), [], kind);
        assert.deepEqual(await list(admin, `atScope() and principalId eq '${lea.id}'`), [lea.id], kind);
        for (const [filter, words] of [
            ["type eq 'BuiltInRole'", /type: it is not a condition of this list/],
            ["roleName eq 'Reader'", /roleName: it is not a condition of this list/],
            ['asRequestor()', /asRequestor: it is not/],
            ['asApprover()', /asApprover: it is not/],
            ['atScopeAndBelow()', /atScopeAndBelow: it is not/],
            [`principalId eq '${lea.id}' or principalId eq '${max.id}'`, /or: it does not join/],
            [`principalId ne '${lea.id}'`, /principalId: it only eq/],
        ])
            await assert.rejects(list(admin, filter), refused(400, 'InvalidFilter', words));
    }
    const requests = async (client, filter) => (await collect(client.roleEligibilityScheduleRequests.listForScope(scope, { filter }))).map((r) => r.name);
    assert.ok((await requests(admin, 'asRequestor()')).includes(own.name));
    assert.deepEqual(await requests(admin, `principalId eq '${team}'`), [byTeam.name]);
    assert.deepEqual((await requests(admin, `assignedTo('${lea.id}')`)).sort(), [own.name, byTeam.name].sort());
    assert.deepEqual((await requests(hers, 'asTarget()')).sort(), [own.name, byTeam.name].sort());
    assert.deepEqual(await requests(hers, 'asRequestor()'), []);
    await assert.rejects(requests(admin, "type eq 'x'"), refused(400, 'InvalidFilter', /type/));
    await assert.rejects(collect(hers.eligibleChildResources.list('', { filter: "resourceType eq 'Subscription'" })), refused(400, 'InvalidFilter', /resourceType/));
    for (const [path, code] of [['$orderby=name', 'InvalidQueryParameter'], ['tenantId=other', 'InvalidQueryParameter'], ['$top=0', 'InvalidTop'], ['$skiptoken=a/b', 'InvalidSkipToken']]) {
        const got = await pim(`roleEligibilitySchedules?api-version=2020-10-01&${path}`);
        assert.equal(got.status, 400, path);
        assert.equal(got.json.error.code, code);
    }
});

const pim = (rest, token = gate.adminToken) =>
    gate.request({ path: rest.startsWith('/') ? rest : `/arm/${scope}/providers/Microsoft.Authorization/${rest}`, headers: { authorization: `Bearer ${token}` } });

test('its lists come in pages', async () => {
    const nia = await Person.make('nia');
    const roles = [ROLE.reader, ROLE.openaiUser, ROLE.owner, 'b24988ac-6180-42a0-ab88-20f7382dd24c', '53ca6127-db72-4b80-b1b0-d745d6d5456d'];
    const made = [];
    for (const role of roles) made.push(await make(nia, role));
    const walk = async (first, token) => {
        const pages = [];
        for (let next = first; next; ) {
            const got = await pim(next, token);
            assert.equal(got.status, 200, got.text);
            pages.push(got.json.value);
            next = got.json.nextLink && new URL(got.json.nextLink).pathname + new URL(got.json.nextLink).search;
            if (next) assert.ok(got.json.nextLink.startsWith(`${gate.ready.arm_endpoint}/`), got.json.nextLink);
        }
        return pages;
    };
    const mine = encodeURIComponent(`principalId eq '${nia.id}'`);
    for (const kind of ['roleEligibilitySchedules', 'roleEligibilityScheduleInstances', 'roleEligibilityScheduleRequests']) {
        const pages = await walk(`${kind}?api-version=2020-10-01&$top=2&$filter=${mine}`);
        assert.deepEqual(pages.map((p) => p.length), [2, 2, 1], kind);
        assert.deepEqual(pages.flat().map((e) => e.properties.roleDefinitionId.split('/').at(-1)).sort(), roles.toSorted(), kind);
    }
    await settles('the edge knows her', async () => (await place.chat('json', { token: nia.token() })).status === 403);
    const own = await walk('roleEligibilityScheduleInstances?api-version=2020-10-01&$top=3&$filter=asTarget()', nia.token());
    assert.deepEqual(own.map((p) => p.length), [3, 2]);
    for (const kind of ['roleManagementPolicies', 'roleManagementPolicyAssignments']) {
        const policies = await walk(`${kind}?api-version=2020-10-01&$top=10`);
        assert.ok(policies.length >= 3 && policies.slice(0, -1).every((p) => p.length === 10), kind);
        assert.equal(new Set(policies.flat().map((p) => p.name)).size, policies.flat().length, kind);
    }
    assert.equal((await pim('roleManagementPolicies?api-version=2020-10-01&$filter=asTarget()')).json.error.code, 'InvalidFilter');
});

test('an administrator who may not read data cannot make himself eligible for it', async () => {
    const itAdmin = await makeCaller(gate, { role: '9eeba23c-ff22-49d2-95a5-fcec7ac49990', scope: '/' });
    await assert.rejects(
        clientOf(itAdmin.token).roleEligibilityScheduleRequests.create(scope, randomUUID(), {
            principalId: `/identities/${itAdmin.name}`, roleDefinitionId: roleId(ROLE.openaiUser), requestType: 'AdminAssign',
            scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'P1D' } },
        }),
        (e) => e.statusCode === 403,
    );
});

test('all of it stands in the chain', async () => {
    for (const operation of ['SelfActivate', 'activate', 'approve', 'deny', 'cancel', 'AdminRemove'])
        await eventually(`a record of ${operation}`, async () => (await gate.records()).some((r) => r.operation === operation && r.surface === 'arm'));
    const refusal = await gate.record('a refused activation', (r) => r.operation === 'SelfActivate' && r.verdict === 'deny');
    assert.equal(refusal.status, 400);
});
