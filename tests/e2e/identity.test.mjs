// SPDX-License-Identifier: Apache-2.0
// Who is calling: every way in which a token can lie, the keys of foreign issuers and their rotation, a certified provider, API keys.
import assert from 'node:assert/strict';
import https from 'node:https';
import { after, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import Provider from 'oidc-provider';
import { makeAuthority } from './certs.mjs';
import { assign, canary, freshName, makePlace, ROLE, settles, sharedInstallation, sleep } from './harness.mjs';
import { Issuer, KEY_KINDS, b64 } from './issuer.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
const issuer = await Issuer.start();
after(() => (upstream.close(), issuer.close()));
const place = await makePlace(gate, {
    upstream,
    models: ['json'],
    endpoint: { audiences: ['api://e2e'] },
    workspace: { allowApiKeys: true },
});
const other = `${place.at}/endpoints/other`;
await gate.put(other, { audiences: ['api://other'], publicNetworkAccess: 'Enabled' });
await gate.put(`${other}/deployments/json`, { model: 'json', backend: 'mock' });

const name = freshName('issuer');
await gate.put(`/issuers/${name}`, issuer.properties());
await assign(gate, { principal: `${name}:workload-1`, role: ROLE.openaiUser, scope: place.at });
const chat = (token, rest = {}) => place.chat('json', { token, ...rest });
const chatOther = (token) =>
    gate.request({
        method: 'POST',
        path: `${other}/openai/v1/chat/completions`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: '{"model":"json","messages":[{"role":"user","content":"x"}]}',
    });
await settles("the issuer's keys at the edge", async () => (await chat(issuer.token())).status === 200, { withinMs: 8000, everyMs: 100 });
const now = () => Math.floor(Date.now() / 1000);

// ---- good ones --------------------------------------------------------------------------------------------------------------------------

for (const kid of KEY_KINDS)
    test(`a token signed with ${kid} is believed`, async () => {
        const got = await chat(canary(issuer.token(issuer.claims(), { kid })));
        assert.equal(got.status, 200, got.text);
    });
test('several audiences, at+jwt, and a token that comes again', async () => {
    assert.equal((await chat(issuer.token(issuer.claims({ aud: ['api://x', 'api://e2e'] })))).status, 200);
    const token = issuer.token(issuer.claims(), { header: { typ: 'at+jwt' } });
    for (let i = 0; i < 3; i++) assert.equal((await chat(token)).status, 200);
});
test('a record names issuer, subject and token id, never the token', async () => {
    const token = canary(issuer.token(issuer.claims({ jti: 'token-id-1' })));
    const got = await chat(token);
    const open = await gate.record('open', (r) => r.kind === 'open' && r.request_id === got.headers['x-request-id']);
    assert.equal(open.caller, `${name}:workload-1`);
    assert.equal(open.credential_id, 'token-id-1');
});

// ---- bad ones: [token, reason in the record] -----------------------------------------------------------------------------------------

const part = (token, i, change) =>
    token
        .split('.')
        .map((p, k) => (k === i ? change(p) : p))
        .join('.');
const flip = (s) => (s[0] === 'A' ? 'B' : 'A') + s.slice(1);
const unsigned = (header, claims = issuer.claims()) => `${b64(header)}.${b64(claims)}.`;
const rawClaims = (more) => JSON.stringify(issuer.claims()).replace(/}$/, `,${more}}`);
const nested = () => issuer.token(issuer.token(), { header: { cty: 'JWT' } });
const outsider = await Issuer.start();
after(() => outsider.close());

const BAD = {
    'none at all': () => null,
    'alg none': () => unsigned({ alg: 'none', typ: 'JWT' }),
    'alg None, with a signature': () => part(issuer.token(), 0, () => b64({ alg: 'None', kid: 'es' })),
    'alg none with a kid': () => unsigned({ alg: 'none', kid: 'es' }),
    'no alg': () => part(issuer.token(), 0, () => b64({ kid: 'es' })),
    'HS256 with the public key as PEM': () => issuer.confusedTokens()[0],
    'HS256 with the public key as trimmed PEM': () => issuer.confusedTokens()[1],
    'HS256 with the public key as DER': () => issuer.confusedTokens()[2],
    'RS256 under a key for PS256': () => issuer.token(issuer.claims(), { kid: 'ps', header: { alg: 'RS256' } }),
    "another key's signature": () => issuer.token(issuer.claims(), { header: { kid: 'ed', alg: 'EdDSA' } }),
    'a changed payload': () => part(issuer.token(), 1, () => b64(issuer.claims({ sub: 'admin' }))),
    'a changed signature': () => part(issuer.token(), 2, flip),
    'an empty signature': () => part(issuer.token(), 2, () => ''),
    'a signature of zeros': () => part(issuer.token(), 2, () => b64(Buffer.alloc(64))),
    'a signature with padding': () => issuer.token() + '=',
    'a fourth part': () => issuer.token() + '.AAAA',
    'two parts': () => issuer.token().split('.').slice(0, 2).join('.'),
    'an unknown crit': () => issuer.token(issuer.claims(), { header: { crit: ['exp'], exp: 1 } }),
    'b64 false': () => issuer.token(issuer.claims(), { header: { crit: ['b64'], b64: false } }),
    'a key in the header': () => issuer.token(issuer.claims(), { kid: 'es', key: outsider.keys.es, header: { jwk: outsider.keys.es.jwk } }),
    "a key's address in the header": () =>
        issuer.token(issuer.claims(), { kid: 'es', key: outsider.keys.es, header: { jku: `${outsider.url}/keys` } }),
    'typ of another kind': () => issuer.token(issuer.claims(), { header: { typ: 'dpop+jwt' } }),
    'the wrong audience': () => issuer.token(issuer.claims({ aud: 'api://somewhere' })),
    'no audience': () => issuer.token(issuer.claims({ aud: undefined })),
    'an audience that only begins alike': () => issuer.token(issuer.claims({ aud: 'api://e2e/' })),
    'an issuer nobody configured': () => outsider.token(outsider.claims()),
    "another issuer's name over our key": () => issuer.token(issuer.claims({ iss: outsider.url })),
    'no issuer': () => issuer.token(issuer.claims({ iss: undefined })),
    'an expired one': () => issuer.token(issuer.claims({ exp: now() - 120, nbf: now() - 900, iat: now() - 900 })),
    'no expiry': () => issuer.token(issuer.claims({ exp: undefined })),
    'expiry as text': () => issuer.token(issuer.claims({ exp: String(now() + 600) })),
    'expiry without end': () => issuer.token(rawClaims('"x":1').replace(/"exp":\d+/, '"exp":1e400')),
    'one not yet valid': () => issuer.token(issuer.claims({ nbf: now() + 300 })),
    'no subject': () => issuer.token(issuer.claims({ sub: undefined, oid: undefined })),
    'claims twice': () => issuer.token(rawClaims('"sub":"admin"')),
    'claims twice, once escaped': () => issuer.token(rawClaims('"\\u0073ub":"admin"')),
    'a header member twice': () => {
        const s = `${b64('{"alg":"ES256","alg":"ES256","kid":"es"}')}.${b64(issuer.claims())}`;
        return `${s}.${b64(issuer.keys.es.sign(Buffer.from(s)))}`;
    },
    'one inside another': nested,
    'a payload that is no JSON': () => issuer.token('hello'),
    'a payload that is an array': () => issuer.token('[]'),
    'NUL in the subject': () => issuer.token(issuer.claims({ sub: 'workload-1\u0000' })),
    'just dots': () => '..',
    'a word': () => 'hello',
    'an API key of the right form': () => `gh_0123456789ab_${'A'.repeat(43)}_00000000`,
};
const refusals = [];
for (const [what, make] of Object.entries(BAD))
    for (const version of [1, 2])
        test(`a token: ${what}: 401, HTTP/${version}`, async () => {
            const seen = upstream.requests.length;
            const got = await chat(make(), { version });
            assert.equal(got.status, 401, got.text);
            assert.equal(upstream.requests.length, seen);
            refusals.push({ what, version, id: got.headers['x-request-id'], text: got.text, headers: got.headers });
        });

test('a token of 1 MB is refused', async () => {
    for (const version of [1, 2]) {
        const got = await chat(issuer.token(issuer.claims({ pad: 'x'.repeat(1 << 20) })), { version }).catch((e) => ({
            status: 400,
            text: e.message,
        }));
        assert.ok([400, 401, 431].includes(got.status), `HTTP/${version}: ${got.status}`);
    }
    const fits = await chat(issuer.token(issuer.claims({ pad: 'x'.repeat(15_000) })));
    assert.ok([400, 401].includes(fits.status), `a token over 16 KB: ${fits.status}`);
});

test('all 401s look alike, wherever and whatever', async () => {
    const bare = ({ text, headers }) => {
        const { 'x-request-id': id, 'apim-request-id': _, 'x-ms-request-id': __, date: ___, ...rest } = headers;
        return JSON.stringify([text.replaceAll(id, 'ID'), Object.entries(rest).sort()]);
    };
    const nowhere = `/workspaces/${freshName('none')}/endpoints/none/openai/v1/chat/completions`;
    for (const path of [nowhere, place.openaiPath])
        for (const token of ['a.b.c', 'nothing', gate.apiKey])
            refusals.push({
                what: `${token.slice(0, 6)} at ${path}`,
                version: 1,
                ...(await gate.request({
                    method: 'POST',
                    path,
                    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
                    body: '{}',
                })),
            });
    for (const version of [1, 2]) {
        const forms = new Map(refusals.filter((r) => r.version === version).map((r) => [bare(r), r.what]));
        assert.equal(forms.size, 1, [...forms].map(([form, what]) => `${what}: ${form}`).join('\n'));
    }
});

test('each 401 has its record, with the reason that the stranger does not see', async () => {
    const last = refusals.filter((r) => r.id).at(-1).id;
    await gate.record('the last refusal', (r) => r.kind === 'refused' && r.request_id === last);
    const byId = new Map((await gate.records()).filter((r) => r.kind === 'refused').map((r) => [r.request_id, r]));
    for (const { what, id } of refusals.filter((r) => r.id)) {
        assert.ok(byId.get(id), `no record of: ${what}`);
        assert.ok(byId.get(id).reason, `no reason in the record of: ${what}`);
        assert.equal(Number(byId.get(id).status), 401);
    }
    const reasonOf = (what) => byId.get(refusals.find((r) => r.what === what).id).reason;
    for (const [what, reason] of [
        ['none at all', /no credential/],
        ['an expired one', /expired/],
        ['one not yet valid', /not yet/],
        ['the wrong audience', /audience/],
        ['a changed payload', /signature/],
        ['an issuer nobody configured', /issuer/],
    ])
        assert.match(reasonOf(what), reason, what);
});

// ---- one token, two endpoints ---------------------------------------------------------------------------------------------------------

test('one token at two endpoints with different audiences, in either order', async () => {
    const mine = issuer.token();
    assert.equal((await chat(mine)).status, 200);
    assert.equal((await chatOther(mine)).status, 401);
    assert.equal((await chat(mine)).status, 200);
    const fresh = issuer.token(issuer.claims({ sub: 'workload-1' }));
    assert.equal((await chatOther(fresh)).status, 401);
    assert.equal((await chat(fresh)).status, 200);
    assert.equal((await chatOther(fresh)).status, 401);
    assert.equal((await chatOther(issuer.token(issuer.claims({ aud: 'api://other' })))).status, 200);
});

// ---- key ids that nobody knows; rotation ----------------------------------------------------------------------------------------------

test('a storm of unknown key ids fetches the key set at most once in 10 s', async () => {
    const from = issuer.fetches.length;
    const started = Date.now();
    for (let i = 0; i < 15; i++) {
        const storm = Array.from({ length: 8 }, (_, k) =>
            chat(issuer.token(issuer.claims(), { kid: 'es', header: { kid: `storm-${i}-${k}` } })),
        );
        assert.ok((await Promise.all(storm)).every((g) => g.status === 401));
        await sleep(150);
    }
    const spent = Date.now() - started;
    const during = issuer.fetches.slice(from);
    assert.ok(during.length <= 1 + Math.floor(spent / 10_000), `${during.length} fetches in ${spent} ms`);
    await gate.record('key_wanted', (r) => r.kind === 'key_wanted' && /storm/.test(r.kid));
});

test('rotation: a new key is learnt without a restart, a dropped one is believed no longer than stated', async () => {
    issuer.addKey('next', 'rs');
    const fresh = issuer.token(issuer.claims(), { kid: 'next' });
    await settles('the new key is believed', async () => (await chat(fresh)).status === 200, { withinMs: 25_000, everyMs: 200 });
    const gaps = issuer.fetches.slice(1).map((t, i) => t - issuer.fetches[i]);
    assert.ok(
        gaps.slice(1).every((g) => g >= 9_000),
        `key set fetched in gaps of ${gaps} ms`,
    );
    assert.equal((await chat(issuer.token(issuer.claims(), { kid: 'es' }))).status, 200, 'the old ones still hold');
});

test('an issuer that is down: known keys go on, unknown ones are refused', async () => {
    issuer.isDown = true;
    assert.equal((await chat(issuer.token())).status, 200);
    const unknown = issuer.addKey('while-down');
    assert.equal((await chat(issuer.token(issuer.claims(), { kid: 'while-down', key: unknown }))).status, 401);
    issuer.isDown = false;
});

// ---- our own issuer ---------------------------------------------------------------------------------------------------------------------

test('our own tokens: ES256, at most an hour, for the installation or one audience', async () => {
    const who = place.caller.name;
    const token = await gate.token(who);
    assert.equal(decodeProtectedHeader(token).alg, 'ES256');
    const claims = decodeJwt(token);
    assert.ok(claims.exp - claims.iat <= 3600);
    assert.match([claims.aud].flat()[0], /^api:\/\/gatehouse\/[0-9a-f]{32}$/);
    assert.equal(claims.sub, who);
    assert.equal((await chat(token)).status, 401, 'an endpoint with audiences of its own takes those alone');
    assert.equal((await chat(await gate.token(who, ['--audience', 'api://e2e']))).status, 200);
    await gate.record('token_issued', (r) => r.kind === 'token_issued' && r.credential_id === claims.jti);
});

test('a disabled identity is refused with a token that is still good', async () => {
    const name2 = freshName('leaver');
    await gate.put(`/identities/${name2}`, { kind: 'user' });
    await assign(gate, { principal: `/identities/${name2}`, role: ROLE.openaiUser, scope: place.at });
    const token = await gate.token(name2, ['--audience', 'api://e2e']);
    await settles('200', async () => (await chat(token)).status === 200);
    await gate.put(`/identities/${name2}`, { kind: 'user', enabled: false });
    await settles('401', async () => (await chat(token)).status === 401);
});

// ---- a certified provider ---------------------------------------------------------------------------------------------------------------

async function startProvider(alg) {
    const authority = makeAuthority('Provider authority');
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    const key = { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: `provider-${alg}` };
    const secret = canary(`client-secret-${freshName('canary')}-of-32-bytes`);
    let callback;
    const server = https.createServer(authority.issue(['localhost']), (req, res) => callback(req, res));
    await new Promise((ok) => server.listen(0, '127.0.0.1', ok));
    const url = `https://localhost:${server.address().port}`;
    const { warn, info } = console;
    console.warn = console.info = () => {}; // it warns about its development defaults
    callback = new Provider(url, {
        clients: [
            {
                client_id: 'batch-job',
                client_secret: secret,
                grant_types: ['client_credentials'],
                redirect_uris: [],
                response_types: [],
                id_token_signed_response_alg: alg,
            },
        ],
        jwks: { keys: [key] },
        features: {
            devInteractions: { enabled: false },
            clientCredentials: { enabled: true },
            resourceIndicators: {
                enabled: true,
                defaultResource: () => 'https://e2e.example',
                getResourceServerInfo: () => ({
                    scope: 'chat',
                    audience: 'api://e2e',
                    accessTokenTTL: 600,
                    accessTokenFormat: 'jwt',
                    jwt: { sign: { alg } },
                }),
            },
        },
    }).callback();
    Object.assign(console, { warn, info });
    const token = () =>
        new Promise((done, fail) => {
            const form = `grant_type=client_credentials&scope=chat&resource=${encodeURIComponent('https://e2e.example')}`;
            const basic = Buffer.from(`batch-job:${secret}`).toString('base64');
            https
                .request(
                    `${url}/token`,
                    {
                        method: 'POST',
                        ca: authority.cert,
                        agent: false,
                        family: 4, // node 18 tries the first address of localhost alone, and that may be ::1
                        headers: {
                            authorization: `Basic ${basic}`,
                            'content-type': 'application/x-www-form-urlencoded',
                            'content-length': form.length,
                        },
                    },
                    async (res) => {
                        let text = '';
                        for await (const p of res) text += p;
                        res.statusCode === 200 ? done(canary(JSON.parse(text).access_token)) : fail(new Error(`${res.statusCode} ${text}`));
                    },
                )
                .on('error', fail)
                .end(form);
        });
    return { url, authority, token, close: () => (server.close(), server.closeAllConnections?.()) };
}

for (const alg of ['RS256', 'ES256', 'PS256', 'EdDSA'])
    test(`oidc-provider, ${alg}: client credentials of a certified issuer`, async () => {
        const provider = await startProvider(alg);
        after(() => provider.close());
        const at = freshName('provider');
        await gate.put(`/issuers/${at}`, {
            issuer: provider.url,
            audiences: ['api://e2e'],
            subjectClaim: 'sub',
            caCertificate: provider.authority.cert,
        });
        const held = await assign(gate, { principal: `${at}:batch-job`, role: ROLE.openaiUser, scope: place.at });
        const token = await provider.token();
        await settles('200', async () => (await chat(token)).status === 200, { withinMs: 8000, everyMs: 100 });
        assert.equal((await chat(part(token, 2, flip))).status, 401);
        assert.equal((await gate.api('DELETE', `/issuers/${at}`)).status, 409, 'an assignment names its subject');
        await gate.delete(held);
        await gate.delete(`/issuers/${at}`);
        await settles('401 without the issuer', async () => (await chat(token)).status === 401);
    });

// ---- API keys -----------------------------------------------------------------------------------------------------------------------------

const newKey = async (scope, more = {}) => {
    const got = await gate.must('POST', `${place.at}/apiKeys`, {
        owner: place.caller.name,
        scope,
        expires: new Date(Date.now() + 86_400_000).toISOString(),
        ...more,
    });
    const text = got.text.match(/gh_[0-9a-f]{12}_[\w-]{43}_[0-9a-f]{8}/)[0];
    return { key: canary(text), id: text.split('_')[1] };
};
test('a key works in either header at its endpoint alone', async () => {
    const { key, id } = await newKey(place.endpoint);
    await settles('200', async () => (await place.chat('json', { key })).status === 200);
    assert.equal((await chat(key)).status, 200, 'as Bearer');
    assert.equal((await place.chat('json', { key, surface: 'azure' })).status, 200);
    assert.equal((await chatOther(key)).status, 401);
    assert.equal((await gate.api('GET', '/status', undefined, { token: key })).status, 401, 'keys open no management');
    const listed = await gate.must('GET', `${place.at}/apiKeys/${id}`);
    assert.ok(!listed.text.includes(key), 'shown once');
    await gate.delete(`${place.at}/apiKeys/${id}`);
    await settles('401 once revoked', async () => (await place.chat('json', { key })).status === 401);
});
test("a key ends with its time, its owner, and its workspace's permission", async () => {
    const short = await newKey(place.endpoint, { expires: new Date(Date.now() + 2500).toISOString() });
    await settles('200', async () => (await place.chat('json', { key: short.key })).status === 200);
    await settles('401 once expired', async () => (await place.chat('json', { key: short.key })).status === 401);
    const { key } = await newKey(place.endpoint);
    await settles('200', async () => (await place.chat('json', { key })).status === 200);
    await gate.put(place.at, { allowApiKeys: false });
    await settles('refused once keys are off', async () => [401, 403].includes((await place.chat('json', { key })).status));
    const refused = await gate.api('POST', `${place.at}/apiKeys`, {
        owner: place.caller.name,
        scope: place.endpoint,
        expires: new Date(Date.now() + 86_400_000).toISOString(),
    });
    assert.ok(refused.status >= 400, 'no new keys either');
});
test('a key lives at most a year and belongs to somebody', async () => {
    await gate.put(place.at, { allowApiKeys: true });
    const day = 86_400_000;
    for (const bad of [
        { expires: new Date(Date.now() + 400 * day).toISOString() },
        { expires: undefined },
        { expires: new Date(Date.now() - day).toISOString() },
        { owner: 'nobody-at-all' },
        { scope: '/workspaces/demo' },
    ]) {
        const got = await gate.api('POST', `${place.at}/apiKeys`, {
            owner: place.caller.name,
            scope: place.endpoint,
            expires: new Date(Date.now() + day).toISOString(),
            ...bad,
        });
        assert.ok(got.status >= 400 && got.status < 500, `${JSON.stringify(bad)}: ${got.status}`);
    }
});
