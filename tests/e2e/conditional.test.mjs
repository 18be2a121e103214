// SPDX-License-Identifier: Apache-2.0
// Conditional access: Graph's objects by Graph's unmodified client, the same by `apply`; what evaluate says agrees with live traffic over a
// generated matrix; the claims challenge with Azure's unmodified client; workloads, emergency accounts, running streams.
import assert from 'node:assert/strict';
import { X509Certificate, createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { AuthorizationManagementClient } from '@azure/arm-authorization';
import { Client } from '@microsoft/microsoft-graph-client';
import { ROLE, SHARED, assign, canary, freshName, makeCaller, makePlace, settles, sharedInstallation } from './harness.mjs';
import { makeAuthority } from './certs.mjs';
import { Issuer } from './issuer.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
const issuer = await Issuer.start();
const made = []; // what goes again, newest first
after(async () => {
    for (const at of made.reverse()) await gate.api('DELETE', at);
    upstream.close();
    issuer.close();
});
const hasCountries = fs.existsSync(path.join(SHARED, 'data/geo/GeoIP2-Country-Test.mmdb'));
const place = await makePlace(gate, { upstream, models: ['json', 'stream-endless'] });

// ---- people of an issuer of their own, whose tokens say how they signed in ----

const issuerName = freshName('people');
await gate.put(`/issuers/${issuerName}`, issuer.properties({
    audiences: [`api://${issuerName}`],
    claimsMap: {
        preset: 'rfc8176',
        rules: [
            { claim: 'acrs', values: ['c1'], means: ['mfa'] },
            { claim: ['device', 'state'], values: ['managed'], means: ['compliantDevice'] },
            { claim: 'flow', values: ['dc'], means: ['deviceCodeFlow'] },
        ],
    },
}));
const group = freshName('staff');
await gate.put(`/groups/${group}`, { members: [] });
await assign(gate, { principal: `/groups/${group}`, role: ROLE.openaiUser, scope: place.at });
const members = [];
async function person(stem, { kind = 'user', isMember = true, ...more } = {}) {
    const name = freshName(stem);
    await gate.put(`/identities/${name}`, { kind, issuer: issuerName, subject: name, ...more });
    if (isMember) {
        members.push(`/identities/${name}`);
        await gate.put(`/groups/${group}`, { members });
    }
    return {
        name,
        id: `/identities/${name}`,
        token: (claims = {}) =>
            canary(issuer.token(issuer.claims({ sub: name, oid: name, aud: `api://${issuerName}`, amr: ['pwd'], auth_time: Math.floor(Date.now() / 1000) - 7200, ...claims }))),
    };
}

// ---- a listener behind a proxy that tells where calls come from ----

const freePort = () =>
    new Promise((done) => {
        const server = net.createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => done(port));
        });
    });
const proxied = { name: freshName('proxied'), port: await freePort() };
await gate.put(`/listeners/${proxied.name}`, { kind: 'combined', address: '127.0.0.1', port: proxied.port, proxyMode: 'xForwardedFor', proxies: ['127.0.0.1'] });
after(() => gate.api('DELETE', `/listeners/${proxied.name}`)); // the installation is everybody's, and management has one way in

function call({ token, port = proxied.port, key, cert, from = '203.0.113.9', model = 'json', headers = {}, at = place.openaiPath, method, onData }) {
    const body = at === place.openaiPath ? JSON.stringify({ model, stream: model !== 'json', messages: [{ role: 'user', content: 'x' }] }) : undefined;
    return new Promise((done, fail) => {
        const req = https.request(
            {
                host: '127.0.0.1', port, key, cert, ca: gate.ca, servername: gate.origin.servername, agent: false, path: at, timeout: 20_000,
                method: method ?? (body ? 'POST' : 'GET'),
                headers: { host: 'localhost', 'x-forwarded-for': from, authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
            },
            (res) => {
                const parts = [];
                const answer = () => ({ status: res.statusCode, headers: res.headers, text: Buffer.concat(parts).toString() });
                res.on('data', (d) => (parts.push(d), onData?.(d)));
                res.on('end', () => done(answer()));
                res.on('error', () => done(answer()));
            },
        );
        req.on('error', fail);
        req.end(body);
    });
}
await settles('the listener serves', async () => (await call({ token: place.caller.token }).catch(() => ({}))).status === 200, { withinMs: 8000 });

const graph = Client.init({
    baseUrl: `${gate.ready.graph_base_url}/`,
    defaultVersion: 'v1.0',
    customHosts: new Set([new URL(gate.url).hostname]),
    authProvider: (done) => done(null, gate.adminToken),
});
const POLICIES = '/identity/conditionalAccess/policies', PLACES = '/identity/conditionalAccess/namedLocations';
const remember = (object, prefix) => (made.push(`${prefix}${object.id}`), object);
const policy = async (properties) => remember(await graph.api(POLICIES).post({ state: 'enabled', ...properties }), '/conditionalAccess/');
const mfa = { operator: 'OR', builtInControls: ['mfa'] }, block = { operator: 'OR', builtInControls: ['block'] };
const everything = { includeApplications: ['All'] };
const forUser = (...who) => ({ users: { includeUsers: who.map((w) => w.name) }, applications: everything });
const probe = await person('probe');
/** Policies are in force at the edge once the newest one is: it stops a person who is there for that alone. */
async function inForce() {
    const it = await graph.api(POLICIES).post({ displayName: 'probe', state: 'enabled', conditions: forUser(probe), grantControls: block });
    await settles('in force', async () => (await call({ token: probe.token() })).status === 403);
    await graph.api(`${POLICIES}/${it.id}`).delete();
    await settles('and gone', async () => (await call({ token: probe.token() })).status === 200);
}
const recordOf = (answer, kind) => gate.record(`its ${kind} record`, (r) => r.kind === kind && r.request_id === answer.headers['x-request-id']);

const office = remember(await graph.api(PLACES).post({
    '@odata.type': '#microsoft.graph.ipNamedLocation',
    displayName: 'Office',
    isTrusted: true,
    ipRanges: [{ '@odata.type': '#microsoft.graph.iPv4CidrRange', cidrAddress: '192.0.2.0/24' }],
}), '/namedLocations/');
const britain = remember(await graph.api(PLACES).post({
    '@odata.type': '#microsoft.graph.countryNamedLocation',
    displayName: 'Britain',
    countriesAndRegions: ['GB'],
    includeUnknownCountriesAndRegions: false,
}), '/namedLocations/');

test('the client of Graph, unmodified, makes, reads, changes and deletes policies, places, contexts and strengths', async () => {
    const ann = await person('ann');
    const it = await graph.api(POLICIES).post({
        displayName: 'From outside with MFA',
        state: 'enabledForReportingButNotEnforced',
        conditions: { ...forUser(ann), clientAppTypes: ['all'], locations: { includeLocations: ['All'], excludeLocations: ['AllTrusted', office.id] } },
        grantControls: { ...mfa, customAuthenticationFactors: [], termsOfUse: [], authenticationStrength: null },
        sessionControls: null,
    });
    assert.match(it.id, /^[0-9a-f-]{36}$/);
    assert.ok(it.createdDateTime);
    const at = `${POLICIES}/${it.id}`;
    assert.equal((await graph.api(at).get()).conditions.users.includeUsers[0], ann.name);
    await graph.api(at).patch({ state: 'disabled', conditions: { users: { excludeUsers: [probe.name] } } });
    const changed = await graph.api(at).get();
    assert.equal(changed.state, 'disabled');
    assert.deepEqual(changed.conditions.users, { includeUsers: [ann.name], excludeUsers: [probe.name] });
    assert.equal(changed.conditions.locations.excludeLocations.length, 2);
    assert.ok((await graph.api(POLICIES).get()).value.some((p) => p.id === it.id));
    assert.deepEqual((await gate.must('GET', `/conditionalAccess/${it.id}`)).json.properties.conditions, changed.conditions);
    // what it names stays while it is named
    await assert.rejects(graph.api(`${PLACES}/${office.id}`).delete(), (e) => e.statusCode === 409);
    assert.equal((await gate.api('DELETE', `/identities/${probe.name}`)).status, 409);
    await graph.api(at).delete();
    await assert.rejects(graph.api(at).get(), (e) => e.statusCode === 404 && e.code === 'Request_ResourceNotFound');

    const renamed = `${PLACES}/${britain.id}`;
    await graph.api(renamed).patch({ displayName: 'The United Kingdom' });
    assert.equal((await graph.api(renamed).get()).displayName, 'The United Kingdom');

    const contexts = '/identity/conditionalAccess/authenticationContextClassReferences';
    await graph.api(`${contexts}/c7`).patch({ displayName: 'Seventh', isAvailable: true });
    assert.equal((await graph.api(`${contexts}/c7`).get()).displayName, 'Seventh');
    await graph.api(`${contexts}/c7`).delete();

    const strengths = '/identity/conditionalAccess/authenticationStrength/policies';
    const strength = await graph.api(strengths).post({ displayName: 'Keys', allowedCombinations: ['fido2', 'password,sms'] });
    assert.deepEqual([strength.policyType, strength.requirementsSatisfied], ['custom', 'mfa']);
    const all = (await graph.api('/policies/authenticationStrengthPolicies').get()).value;
    assert.ok(all.some((s) => s.id === '00000000-0000-0000-0000-000000000004' && s.policyType === 'builtIn'));
    assert.ok(all.some((s) => s.id === strength.id));
    await graph.api(`${strengths}/${strength.id}`).delete();
});

test('what has no meaning here is refused by name, never ignored', async () => {
    const good = { displayName: 'x', state: 'enabled', conditions: forUser(probe), grantControls: mfa };
    const conditions = (more) => ({ ...good, conditions: { ...good.conditions, ...more } });
    for (const [body, words] of [
        [{ ...good, grantControls: { operator: 'OR', builtInControls: ['approvedApplication'] } }, /approvedApplication/],
        [{ ...good, grantControls: { ...mfa, termsOfUse: ['x'] } }, /termsOfUse/],
        [{ ...good, sessionControls: { persistentBrowser: { isEnabled: true, mode: 'never' } } }, /persistentBrowser/],
        [conditions({ insiderRiskLevels: 'elevated' }), /insiderRiskLevels/],
        [conditions({ users: { includeUsers: ['GuestsOrExternalUsers'] } }), /GuestsOrExternalUsers/],
        [conditions({ users: { includeUsers: ['nobody-of-this-name'] } }), /not there/],
        [conditions({ applications: { includeApplications: ['Office365'] } }), /application/],
        [conditions({ locations: { includeLocations: ['nowhere'] } }), /not there/],
        [conditions({ devices: { deviceFilter: { mode: 'include', rule: 'device.model -eq "x"' } } }), /device filter/],
        [conditions({ weather: 'rain' }), /not known/],
        [{ ...good, conditions: { clientApplications: { includeServicePrincipals: [probe.name] }, applications: everything } }, /only block/],
    ])
        await assert.rejects(graph.api(POLICIES).post(body), (e) => [400, 409].includes(e.statusCode) && words.test(e.body ?? e.message), JSON.stringify(body));
    for (const body of [
        { '@odata.type': '#microsoft.graph.ipNamedLocation', displayName: 'x', ipRanges: [{ cidrAddress: '10.0.0.0/33' }] },
        { '@odata.type': '#microsoft.graph.ipNamedLocation', displayName: 'x', ipRanges: [{ cidrAddress: '10.0.0.1/8' }] },
        { '@odata.type': '#microsoft.graph.countryNamedLocation', displayName: 'x', countriesAndRegions: ['ZZ'] },
        { '@odata.type': '#microsoft.graph.countryNamedLocation', displayName: 'x', countriesAndRegions: ['GB'], countryLookupMethod: 'authenticatorAppGps' },
    ])
        await assert.rejects(graph.api(PLACES).post(body), (e) => e.statusCode === 400, JSON.stringify(body));
    const long = JSON.stringify({ ...good, conditions: { ...good.conditions, users: { includeUsers: Array(90_000).fill('somebody') } } });
    const got = await gate.api('PUT', `/conditionalAccess/${freshName('long')}`, long);
    assert.ok([400, 413].includes(got.status), got.text);
});

test('evaluate agrees with live traffic over a generated matrix, and report-only never blocks', async () => {
    const [ann, bob] = [await person('ann'), await person('bob')];
    let seed = 7; // the same matrix on every run
    const pick = (list) => list[(seed = (seed * 1103515245 + 12345) % 2 ** 31) % list.length];
    const users = [{ includeUsers: [ann.name, bob.name] }, { includeUsers: [ann.name] }, { includeUsers: [bob.name] }, { includeUsers: [ann.name, bob.name], excludeUsers: [bob.name] }];
    const options = {
        locations: [undefined, { includeLocations: ['All'], excludeLocations: ['AllTrusted'] }, { includeLocations: [office.id] }, { includeLocations: ['All'], excludeLocations: [office.id, britain.id] }, { includeLocations: [britain.id] }],
        clientAppTypes: [undefined, ['browser'], ['mobileAppsAndDesktopClients']],
        platforms: [undefined, { includePlatforms: ['windows', 'linux'] }, { includePlatforms: ['all'], excludePlatforms: ['macOS'] }],
        authenticationFlows: [undefined, undefined, { transferMethods: 'deviceCodeFlow' }],
    };
    const policies = [];
    for (let i = 0; i < 12; i++) {
        const more = Object.fromEntries(Object.entries(options).map(([k, v]) => [k, pick(v)]).filter(([, v]) => v !== undefined));
        policies.push(await policy({
            displayName: `matrix ${i}`,
            state: pick(['enabled', 'enabled', 'enabledForReportingButNotEnforced', 'disabled']),
            conditions: { users: pick(users), applications: { includeApplications: [pick(['All', place.endpoint, place.at, 'MicrosoftAdminPortals'])] }, ...more },
            grantControls: pick([mfa, mfa, block]),
        }));
    }
    await inForce();
    let denied = 0, allowed = 0;
    for (const who of [ann, bob])
        for (const from of ['192.0.2.5', '81.2.69.142', '89.160.20.112', '10.0.0.1'])
            for (const [clientAppType, headers] of [['browser', { origin: 'https://x.example' }], ['mobileAppsAndDesktopClients', {}]])
                for (const [devicePlatform, agent] of [['windows', 'Mozilla/5.0 (Windows NT 10.0)'], ['macOS', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15)']])
                    for (const [isMfa, flow] of [[true, 'none'], [false, 'none'], [true, 'deviceCodeFlow']]) {
                        const { value } = await graph.api('/identity/conditionalAccess/evaluate').version('beta').post({
                            signInIdentity: { '@odata.type': '#microsoft.graph.userSignIn', userId: who.name },
                            signInContext: { '@odata.type': '#microsoft.graph.applicationContext', includeApplications: [place.endpoint] },
                            signInConditions: { ipAddress: from, clientAppType, devicePlatform, authenticationFlow: { transferMethod: flow } },
                            appliedPoliciesOnly: false,
                        });
                        const own = value.filter((p) => policies.some((x) => x.id === p.id));
                        assert.equal(own.length, policies.length);
                        const applied = own.filter((p) => p.policyApplies);
                        for (const p of own) assert.equal(p.policyApplies, p.analysisReasons === 'notSet');
                        const met = (p) => p.grantControls.builtInControls[0] === 'mfa' && isMfa;
                        const isDenied = applied.some((p) => p.state === 'enabled' && !met(p));
                        const token = who.token({ amr: isMfa ? ['pwd', 'mfa'] : ['pwd'], ...(flow !== 'none' && { flow: 'dc' }) });
                        const got = await call({ token, from, headers: { ...headers, 'user-agent': agent } });
                        const what = JSON.stringify({ who: who.name, from, clientAppType, devicePlatform, isMfa, flow, applied: applied.map((p) => [p.displayName, p.state]) });
                        assert.equal(got.status, isDenied ? 403 : 200, `${what}: ${got.text}`);
                        isDenied ? denied++ : allowed++;
                        if ((denied + allowed) % 8 === 0) { // what the record says is what evaluate said
                            const record = await recordOf(got, isDenied ? 'refused' : 'open');
                            const named = (record.conditional_policies ?? '').split(',').filter(Boolean).map((s) => s.split('=')[0]);
                            assert.deepEqual(named.sort(), applied.map((p) => p.id).sort(), what);
                        }
                    }
    assert.ok(denied > 10 && allowed > 10, `${denied} denied, ${allowed} allowed`);
    for (const p of policies) await graph.api(`${POLICIES}/${p.id}`).delete();
    await inForce();
});

test('country: by the database; what it does not know is no country', { skip: !hasCountries && 'the databases of places are not there' }, async () => {
    const ann = await person('ann');
    const it = await policy({ displayName: 'Britain alone', conditions: { ...forUser(ann), locations: { includeLocations: ['All'], excludeLocations: [britain.id] } }, grantControls: block });
    await inForce();
    assert.equal((await call({ token: ann.token(), from: '81.2.69.142' })).status, 200);
    assert.equal((await call({ token: ann.token(), from: '89.160.20.112' })).status, 403);
    assert.equal((await call({ token: ann.token(), from: '10.0.0.1' })).status, 403);
    assert.equal((await call({ token: ann.token(), from: 'unknown' })).status, 403);
    await graph.api(`${POLICIES}/${it.id}`).delete();
});

test('a device is compliant by a claim of its issuer', async () => {
    const ann = await person('ann');
    await policy({ displayName: 'Device', conditions: forUser(ann), grantControls: { operator: 'OR', builtInControls: ['compliantDevice'] } });
    await inForce();
    const got = await call({ token: ann.token() });
    assert.equal(got.status, 403);
    assert.match(JSON.parse(got.text).error.message, /compliant device/);
    assert.equal((await call({ token: ann.token({ device: { state: 'managed' } }) })).status, 200);
});

test('a device is compliant by a certificate of the authority of its listener', async () => {
    const ann = await person('ann');
    const authority = makeAuthority('Device authority');
    const device = authority.issue(['laptop-1']);
    const where = { name: freshName('devices'), port: await freePort() };
    const properties = { kind: 'public', address: '127.0.0.1', port: where.port, clientCertificates: 'required', clientCa: authority.cert };
    assert.equal((await gate.api('PUT', `/listeners/${where.name}`, { ...properties, clientCertificates: 'requested', clientCa: undefined, deviceCertificates: 'compliant' })).status, 400);
    await gate.put(`/listeners/${where.name}`, { ...properties, deviceCertificates: 'compliant' });
    await policy({ displayName: 'Device', conditions: forUser(ann), grantControls: { operator: 'OR', builtInControls: ['compliantDevice'] } });
    await inForce();
    assert.equal((await call({ token: ann.token() })).status, 403);
    const there = () => call({ token: ann.token(), port: where.port, key: device.key, cert: device.cert });
    await settles('by the listener of devices', async () => (await there().catch(() => ({}))).status === 200, { withinMs: 8000 });
    // The key of the certificate is the device that records name, and another one is a new device to risk, whatever his token says of it.
    const keyOf = (cert) => {
        const { x, y } = new X509Certificate(cert).publicKey.export({ format: 'jwk' });
        const point = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
        return `certificate:${createHash('sha256').update(point).digest('hex')}`;
    };
    const principal = `${issuerName}:${ann.name}`;
    await gate.record('her device', (r) => r.kind === 'open' && r.caller === principal && r.device === keyOf(device.cert));
    const other = authority.issue(['laptop-2']);
    assert.equal((await call({ token: ann.token({ deviceid: 'claimed' }), port: where.port, key: other.key, cert: other.cert })).status, 200);
    await gate.record('her other device', (r) => r.kind === 'open' && r.caller === principal && r.device === keyOf(other.cert));
    const risk = async () => (await gate.must('GET', `/risk?principal=${encodeURIComponent(principal)}`)).json.value[0]?.properties;
    await settles('a new device is found', async () => (await risk())?.reasons?.includes('newDevice'), { withinMs: 8000 });
    // A filter sees the device that the certificate proves, for calls and for management, whatever device the token names beside it.
    const filter = (mode, id) => ({ displayName: 'Filter', conditions: { ...forUser(ann), devices: { deviceFilter: { mode, rule: `device.deviceId -eq "${id}"` } } }, grantControls: block });
    const blocksOther = await policy(filter('include', keyOf(other.cert)));
    await inForce();
    assert.equal((await there()).status, 200);
    const from = (device, claims = {}) => call({ token: ann.token(claims), port: where.port, key: device.key, cert: device.cert });
    assert.equal((await from(other)).status, 403);
    assert.equal((await from(other, { deviceid: 'claimed' })).status, 403);
    await graph.api(`${POLICIES}/${blocksOther.id}`).delete();
    const blocksOthers = await policy(filter('exclude', keyOf(device.cert)));
    await inForce();
    assert.equal((await there()).status, 200);
    assert.equal((await from(device, { deviceid: 'claimed' })).status, 403);
    assert.equal((await from(other)).status, 403);
    await graph.api(`${POLICIES}/${blocksOthers.id}`).delete();
    await inForce();
    await gate.put(`/listeners/${where.name}`, properties); // the same certificate, but nobody says what it proves
    await settles('not any more', async () => (await there()).status === 403, { withinMs: 8000 });
    const unproved = await there();
    assert.equal(unproved.status, 403);
    assert.equal((await recordOf(unproved, 'refused')).device, undefined);
});

test('an endpoint may ask for an authentication context', async () => {
    const ann = await person('ann');
    const before = (await gate.must('GET', place.endpoint)).json.properties;
    assert.equal((await gate.api('PUT', place.endpoint, { ...before, authenticationContext: 'c42' })).status, 409);
    await gate.put('/authenticationContexts/c42', { displayName: 'Delicate' });
    made.push('/authenticationContexts/c42');
    await policy({ displayName: 'Delicate', conditions: { users: { includeUsers: [ann.name] }, applications: { includeAuthenticationContextClassReferences: ['c42'] } }, grantControls: mfa });
    await inForce();
    assert.equal((await call({ token: ann.token() })).status, 200);
    await gate.put(place.endpoint, { ...before, authenticationContext: 'c42' });
    await settles('asked for', async () => (await call({ token: ann.token() })).status === 403);
    assert.equal((await call({ token: ann.token({ amr: ['pwd', 'mfa'] }) })).status, 200);
    const asked = (...more) =>
        gate.local(['access', 'check', '--as', ann.id, '--scope', place.endpoint, '--action', 'Microsoft.CognitiveServices/accounts/OpenAI/deployments/chat/completions/action', ...more]);
    assert.equal((await asked()).code, 1);
    assert.equal((await asked('--with', 'proofs=mfa')).code, 0);
    await gate.put(place.endpoint, before);
    await settles('as before', async () => (await call({ token: ann.token() })).status === 200);
});

test('a challenge is for clients that say cp1, in the words of Azure and of RFC 9470; others learn what is missing by a 403', async () => {
    const ann = await person('ann');
    await policy({ displayName: 'MFA', conditions: forUser(ann), grantControls: mfa });
    await policy({ displayName: 'Recent', conditions: forUser(ann), sessionControls: { signInFrequency: { isEnabled: true, value: 1, type: 'hours' } } });
    await inForce();
    const plain = await call({ token: ann.token() });
    assert.equal(plain.status, 403);
    assert.equal(JSON.parse(plain.text).error.code, 'conditional_access');
    assert.match(JSON.parse(plain.text).error.message, /Multifactor authentication/);
    assert.equal(plain.headers['www-authenticate'], undefined);
    const told = await call({ token: ann.token({ xms_cc: ['cp1'] }) });
    assert.equal(told.status, 401, told.text);
    const challenge = told.headers['www-authenticate'];
    assert.match(challenge, /^Bearer realm="", authorization_uri="[^"]+", error="insufficient_claims"/);
    const claims = JSON.parse(Buffer.from(challenge.match(/claims="([^"]+)"/)[1], 'base64'));
    assert.deepEqual(claims.access_token.acrs, { essential: true, value: 'c1' });
    assert.ok(claims.access_token.nbf && claims.access_token.auth_time);
    assert.match(challenge, /acr_values="c1"/);
    assert.match(challenge, /max_age="3600"/);
    const record = await recordOf(told, 'refused');
    assert.equal(record.controls.conditional_access.result, 'blocked');
    assert.match(record.conditional_policies, /=failure/);
    const now = Math.floor(Date.now() / 1000);
    assert.equal((await call({ token: ann.token({ acrs: ['c1'], auth_time: now - 10 }) })).status, 200);
    assert.equal((await call({ token: ann.token({ acrs: ['c1'], auth_time: now - 3700 }) })).status, 403);
});

test('the client of Azure, unmodified, answers the challenge with a token that proves more, on its one retry', async () => {
    const admin = await person('admin');
    await assign(gate, { principal: admin.id, role: ROLE.owner, scope: '/' });
    await policy({ displayName: 'Admins with MFA', conditions: { users: { includeUsers: [admin.name] }, applications: { includeApplications: ['MicrosoftAdminPortals'] } }, grantControls: mfa });
    await inForce();
    const asked = [];
    const credential = {
        getToken: async (scopes, { claims } = {}) => {
            asked.push(claims);
            const acrs = claims && JSON.parse(claims).access_token.acrs.value;
            return { token: admin.token({ xms_cc: ['cp1'], ...(acrs && { acrs: [acrs] }) }), expiresOnTimestamp: Date.now() + 3_000_000 };
        },
    };
    const client = new AuthorizationManagementClient(credential, randomUUID(), { endpoint: gate.ready.arm_endpoint, credentialScopes: ['https://gatehouse/.default'] });
    const names = [];
    for await (const role of client.roleDefinitions.list('')) names.push(role.roleName);
    assert.ok(names.includes('Owner'));
    assert.equal(asked[0], undefined);
    assert.match(asked[1], /"value":"c1"/);
    assert.ok(asked.length <= 3);
    // the management API itself: 403 without cp1; and models are not what this policy is about
    const plain = await gate.api('GET', '/workspaces', undefined, { token: admin.token() });
    assert.equal(plain.status, 403);
    assert.equal(plain.json.code, 'conditional_access');
    assert.equal((await gate.api('GET', '/workspaces', undefined, { token: admin.token({ amr: ['pwd', 'mfa'] }) })).status, 200);
    assert.notEqual((await call({ token: admin.token() })).status, 401);
});

test('a workload meets only policies for workloads, and gets 403, never a challenge', async () => {
    const robot = await person('robot', { kind: 'managedIdentity' });
    const forPeople = await policy({ displayName: 'All with MFA, robots too?', conditions: { users: { includeGroups: [group], excludeUsers: [probe.name] }, applications: everything }, grantControls: mfa });
    await inForce();
    const token = () => robot.token({ idtyp: 'app', amr: undefined, auth_time: undefined, xms_cc: ['cp1'] });
    assert.equal((await call({ token: token() })).status, 200);
    await policy({ displayName: 'Robots from the office alone', conditions: { clientApplications: { includeServicePrincipals: [robot.name] }, applications: everything, locations: { includeLocations: ['All'], excludeLocations: [office.id] } }, grantControls: block });
    await inForce();
    const got = await call({ token: token() });
    assert.equal(got.status, 403);
    assert.equal(got.headers['www-authenticate'], undefined);
    assert.equal((await call({ token: token(), from: '192.0.2.77' })).status, 200);
    await graph.api(`${POLICIES}/${forPeople.id}`).delete();
    await inForce();
});

test('an emergency account goes through where it is excluded, and that is a record of its own', async () => {
    const glass = await person('glass', { emergencyAccess: true });
    const it = await policy({ displayName: 'Nobody but the emergency account', conditions: { users: { includeGroups: [group], excludeUsers: [glass.name, probe.name] }, applications: { includeApplications: [place.endpoint] } }, grantControls: block });
    await inForce();
    const got = await call({ token: glass.token() });
    assert.equal(got.status, 200);
    const record = await recordOf(got, 'emergency_access');
    assert.equal(record.rule, it.id);
    assert.equal(record.caller, `${issuerName}:${glass.name}`);
    await graph.api(`${POLICIES}/${it.id}`).delete();
});

test('a new policy ends a running stream at its next chunk', async () => {
    const ann = await person('ann');
    await settles('ann may call', async () => (await call({ token: ann.token() })).status === 200);
    let onFirst;
    const first = new Promise((ok) => (onFirst = ok));
    const streaming = call({ token: ann.token(), model: 'stream-endless', onData: () => onFirst() });
    await first;
    const before = Date.now();
    const it = await policy({ displayName: 'Not any more', conditions: forUser(ann), grantControls: block });
    const got = await streaming;
    assert.ok(Date.now() - before < 3000, `${Date.now() - before} ms`);
    assert.equal(got.status, 200); // it had begun
    assert.match((await recordOf(got, 'close')).end, /revoked|withdrawn|cut/);
    assert.equal((await call({ token: ann.token() })).status, 403);
    await graph.api(`${POLICIES}/${it.id}`).delete();
});

test('the same objects by files: apply, get, and a second apply that changes nothing', async () => {
    const ann = await person('ann');
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-conditional-'));
    const [where, what] = [freshName('hq'), freshName('hours')];
    fs.writeFileSync(path.join(dir, 'access.yaml'), `
id: /namedLocations/${where}
properties:
  "@odata.type": "#microsoft.graph.ipNamedLocation"
  displayName: Headquarters
  isTrusted: false
  ipRanges:
    - {"@odata.type": "#microsoft.graph.iPv4CidrRange", cidrAddress: 198.51.100.0/24}
---
id: /conditionalAccess/${what}
properties:
  displayName: Working hours at headquarters
  state: enabled
  conditions:
    users: {includeUsers: [${ann.name}]}
    applications: {includeApplications: [All]}
    locations: {includeLocations: [All], excludeLocations: [${where}]}
    times: {includeTimes: [{days: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]}]}
  grantControls: {operator: OR, builtInControls: [block]}
`);
    const first = await gate.remote(['apply', '-f', dir]);
    assert.equal(first.code, 0, first.stderr);
    made.push(`/namedLocations/${where}`, `/conditionalAccess/${what}`);
    await inForce();
    assert.equal((await call({ token: ann.token() })).status, 403);
    assert.equal((await call({ token: ann.token(), from: '198.51.100.4' })).status, 200);
    const again = await gate.remote(['apply', '-f', dir]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout + again.stderr, /no change|unchanged|0 /i);
    fs.rmSync(dir, { recursive: true });
});
