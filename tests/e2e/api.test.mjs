// SPDX-License-Identifier: Apache-2.0
// The management API as its own document says it: the document itself, every path that can be read, conditions, pages. That all other
// answers of all tests fit it is the harness's business (openapi.mjs).
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { BINARY, assign, freshName, makeCaller, ROLE, runProgram, sharedInstallation } from './harness.mjs';
import { ApiDocument, makeAjv, metaSchema } from './openapi.mjs';

const gate = sharedInstallation();
const served = (await gate.must('GET', '/openapi.json')).json;

test('the document is valid OpenAPI 3.1, and offline it is the same', async () => {
    const validate = makeAjv().compile(metaSchema());
    assert.ok(validate(served), JSON.stringify(validate.errors?.slice(0, 5)));
    const { code, stdout } = await runProgram(BINARY, ['api', 'describe']);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), served);
});
test('every reference of the document leads somewhere, every operation has its own id', () => {
    const ids = [];
    const walk = (v) => {
        if (typeof v !== 'object' || v === null) return;
        if (typeof v.$ref === 'string') {
            const found = v.$ref
                .replace('#/', '')
                .split('/')
                .reduce((at, part) => at?.[part.replaceAll('~1', '/')], served);
            assert.ok(found, v.$ref);
        }
        if (v.operationId) ids.push(v.operationId);
        for (const member of Object.values(v)) walk(member);
    };
    walk(served);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(ids.length > 40);
});
test('strangers do not learn it; who may read something does', async () => {
    assert.equal((await gate.api('GET', '/openapi.json', undefined, { token: null })).status, 401);
    const nobody = await makeCaller(gate, { name: freshName('nobody') });
    assert.equal((await gate.api('GET', '/openapi.json', undefined, { token: nobody.token })).status, 403);
    const reader = await makeCaller(gate, { role: ROLE.reader, scope: '/workspaces/demo' });
    assert.equal((await gate.api('GET', '/openapi.json', undefined, { token: reader.token })).status, 200);
    assert.equal((await gate.api('PUT', '/openapi.json', {})).status, 405);
});

/** Every path of the document with its parameters filled from what lists show: [path, template]. */
async function readable() {
    const found = [];
    const items = new Map(); // "/workspaces/{workspace}" -> its paths
    for (const template of Object.keys(served.paths).sort((a, b) => a.length - b.length)) {
        const above = [...items.keys()].filter((k) => template.startsWith(`${k}/`)).sort((a, b) => b.length - a.length)[0];
        const bases = above ? items.get(above).map((p) => p + template.slice(above.length)) : [template];
        for (const at of bases) {
            if (at.includes('{')) continue; // an item: found by its list below
            found.push([at, template]);
            if (served.paths[template].get?.responses['200'].content?.['application/json']?.schema.$ref?.endsWith('List')) {
                const item = Object.keys(served.paths).find(
                    (t) => t.startsWith(`${template}/{`) && !t.slice(template.length + 1).includes('/'),
                );
                const shown = (await gate.must('GET', `${at}?top=3`)).json.value.map((v) => v.id);
                items.set(item, [...(items.get(item) ?? []), ...shown]);
                found.push(...shown.map((p) => [p, item]));
            }
        }
    }
    return found;
}
test('every path that can be read answers, and as documented', async () => {
    const all = await readable();
    const templates = new Set(all.map(([, t]) => t));
    for (const [at, template] of all) {
        const got = await gate.api('GET', at);
        assert.equal(got.status, 200, `${at} (${template}): ${got.text.slice(0, 200)}`);
    }
    for (const known of [
        '/workspaces/{workspace}/endpoints/{endpoint}/deployments/{deployment}',
        '/listeners/{listener}',
        '/status',
        '/audit/export',
    ])
        assert.ok(templates.has(known), known);
});
test('the checker bites', () => {
    const api = new ApiDocument(served);
    const ask = { method: 'GET', path: '/api/status' };
    const answer = (status, body, type = 'application/json') => ({ status, headers: { 'content-type': type }, text: JSON.stringify(body) });
    assert.match(api.fault(ask, answer(200, { id: '/status', type: 'status', properties: {} })), /required/);
    assert.match(api.fault(ask, answer(202, {})), /not documented/);
    assert.match(api.fault(ask, answer(403, { title: 'x' })), /problem\+json/);
    assert.match(api.fault(ask, answer(403, { title: 'x' }, 'application/problem+json')), /required/);
    assert.match(api.fault({ ...ask, path: '/api/nothing' }, answer(200, {})), /expected is one of/);
    const ws = {
        id: '/workspaces/x',
        type: 'workspace',
        etag: '"r1"',
        properties: {},
        createdBy: 'x',
        updatedBy: 'x',
        createdAt: '2026-01-01T00:00:00Z',
        updatedAt: '2026-01-01T00:00:00Z',
    };
    assert.equal(api.fault({ ...ask, path: '/api/workspaces/x' }, answer(200, ws)), undefined);
    assert.match(api.fault({ ...ask, path: '/api/workspaces/x' }, answer(200, { ...ws, surprise: 1 })), /additional/);
    assert.match(api.fault({ ...ask, path: '/api/workspaces/x' }, answer(200, { ...ws, properties: { surprise: 1 } })), /additional/);
});

const conditions = freshName('etag');
for (const [what, make] of Object.entries({
    itself: (t) => t,
    'any of several': (t) => `"other", ${t},"third"`,
    'a star': () => '*',
}))
    test(`a condition of ${what} is met by what is there`, async () => {
        const at = `/workspaces/${conditions}`;
        const { etag } = (await gate.put(at, {})).headers;
        const headers = (name) => ({ headers: { [name]: make(etag) } });
        assert.equal((await gate.api('GET', at, undefined, headers('if-none-match'))).status, 304);
        assert.equal((await gate.api('PUT', at, {}, headers('if-none-match'))).status, 412);
        assert.equal((await gate.api('PUT', at, {}, headers('if-match'))).status, 200);
    });
test('a weak tag is good for reading alone; an old one, or what is no tag, for nothing', async () => {
    const at = `/workspaces/${conditions}`;
    const first = (await gate.put(at, { description: '1' })).headers.etag;
    const got = await gate.api('GET', at, undefined, { headers: { 'if-none-match': `W/${first}` } });
    assert.equal(got.status, 304);
    assert.equal(got.headers.etag, first);
    assert.equal((await gate.api('PUT', at, {}, { headers: { 'if-match': `W/${first}` } })).status, 412);
    await gate.put(at, { description: '2' });
    for (const stale of [first, first.replaceAll('"', ''), 'r1', '"', ',,', `${first}x`]) {
        assert.equal((await gate.api('PUT', at, {}, { headers: { 'if-match': stale } })).status, 412, stale);
        assert.equal((await gate.api('DELETE', at, undefined, { headers: { 'if-match': stale } })).status, 412, stale);
        assert.equal((await gate.api('GET', at, undefined, { headers: { 'if-none-match': stale } })).status, 200, stale);
    }
    const missing = `/workspaces/${conditions}-none`;
    assert.equal((await gate.api('PUT', missing, {}, { headers: { 'if-match': '*' } })).status, 412);
    const made = await gate.api('PUT', missing, {}, { headers: { 'if-none-match': '*' } });
    assert.equal(made.status, 201);
    assert.equal(made.headers.location, `/api${missing}`);
    assert.equal((await gate.api('GET', made.headers.location.slice(4))).headers.etag, made.headers.etag);
    assert.equal((await gate.api('DELETE', missing, undefined, { headers: { 'if-match': made.headers.etag } })).status, 204);
});
test('of many writers with one ETag exactly one writes', async () => {
    const at = `/workspaces/${conditions}`;
    const { etag } = (await gate.must('GET', at)).headers;
    const all = await Promise.all(
        Array.from({ length: 12 }, (_, i) => gate.api('PUT', at, { description: `writer ${i}` }, { headers: { 'if-match': etag } })),
    );
    assert.deepEqual(all.map((a) => a.status).sort(), [200, ...Array(11).fill(412)]);
});
test('pages: nothing twice, nothing lost, whatever is inserted or deleted between them', async () => {
    const stem = freshName('page');
    const at = `/workspaces/${stem}`;
    await gate.put(at, {});
    const name = (i) => `e${String(i).padStart(3, '0')}`;
    for (let i = 0; i < 20; i += 2) await gate.put(`${at}/endpoints/${name(i)}`, {});
    const seen = [];
    let next = `${at}/endpoints?top=3`;
    for (let page = 0; next; page++) {
        assert.ok(page < 20);
        const got = (await gate.must('GET', next)).json;
        assert.ok(got.value.length <= 3);
        seen.push(...got.value.map((v) => v.id.split('/').at(-1)));
        next = got.nextLink?.replace(/^\/api/, '');
        assert.ok(got.nextLink === undefined || got.nextLink.startsWith('/api/'));
        if (page === 1) {
            await gate.put(`${at}/endpoints/${name(1)}`, {}); // behind us: not seen any more
            await gate.put(`${at}/endpoints/${name(15)}`, {}); // before us: seen
            await gate.delete(`${at}/endpoints/${name(18)}`);
            await gate.delete(`${at}/endpoints/${seen.at(-1)}`); // the one that the link goes on from
        }
    }
    assert.deepEqual(seen, [0, 2, 4, 6, 8, 10, 12, 14, 15, 16].map(name));
});
for (const query of [
    'top=0',
    'top=1001',
    'top=-1',
    'top=many',
    'top=',
    'skipToken=',
    'skipToken=%2e%2e',
    'skipToken=a%2fb',
    `skipToken=${'x'.repeat(65)}`,
])
    test(`a list with ${query.slice(0, 30)} is refused`, async () => {
        const got = await gate.api('GET', `/workspaces?${query}`);
        assert.equal(got.status, 400);
        assert.equal(got.json.code, 'invalid_request');
    });
test('an empty page and the last page have no link', async () => {
    const at = `/workspaces/${conditions}/endpoints`;
    assert.deepEqual((await gate.must('GET', at)).json, { value: [] });
    assert.deepEqual((await gate.must('GET', `${at}?skipToken=zzz`)).json, { value: [] });
});
test('an issuer whose subjects are still named is not deleted', async () => {
    const name = freshName('idp');
    await gate.put(`/issuers/${name}`, { issuer: `https://127.0.0.1:1/${name}` });
    const group = `/groups/${name}`;
    const held = [
        await assign(gate, { principal: `${name}:ann`, role: ROLE.reader, scope: '/workspaces/demo' }),
        await assign(gate, { principal: `${name}/groups:g`, role: ROLE.reader, scope: '/workspaces/demo' }),
        (await gate.put(group, { members: [`${name}:bob`] })).json.id,
    ];
    while (held.length) {
        const got = await gate.api('DELETE', `/issuers/${name}`);
        assert.equal(got.status, 409);
        assert.ok(held.includes(got.json.about), got.text);
        held.splice(held.indexOf(got.json.about), 1);
        await gate.delete(got.json.about);
    }
    await gate.put(`/groups/${name}x`, { members: [`${name}x:ann`] }); // another issuer's name that begins alike
    await gate.delete(`/issuers/${name}`);
});

test('what list -o yaml prints of every kind is what apply takes, and it changes nothing', async () => {
    const kinds = Object.entries(served.paths).filter(([t, p]) => p.put && !/listeners|revocations|instances/.test(t)); // what was revoked or decided is told, not applied
    const all = await readable();
    const parts = [];
    for (const [template] of kinds) {
        const collection = template.replace(/\/\{[^/]+\}$/, '');
        for (const [at] of all.filter(([, t]) => t === collection)) {
            const { code, stdout, stderr } = await gate.local(['list', at, '-o', 'yaml']);
            assert.equal(code, 0, `${at}: ${stderr}`);
            if (stdout.trim()) parts.push(stdout);
        }
    }
    assert.ok(parts.length > 8, `${parts.length}`);
    const file = path.join(gate.dir, 'all.yaml');
    fs.writeFileSync(file, parts.join('---\n'));
    const { code, stdout, stderr } = await gate.local(['apply', '-f', file]);
    assert.equal(code, 0, `${stdout}${stderr}`);
    assert.match(stdout, /^0 new, 0 changed, \d+ unchanged$/m, stdout.replace(/^unchanged .*\n/gm, ''));
});
test('tables have a head and a line for each object, JSON is what the server says', async () => {
    const table = (await gate.local(['list', '/identities'])).stdout.trim().split('\n');
    const json = JSON.parse((await gate.local(['list', '/identities', '-o', 'json'])).stdout);
    assert.equal(table.length, json.length + 1);
    assert.match(table[0], /^id +kind +/);
    assert.match(
        table.find((l) => l.startsWith('/identities/demo-client ')),
        /servicePrincipal/,
    );
    for (const how of ['local', 'remote'])
        assert.deepEqual(
            JSON.parse((await gate[how](['get', '/listeners/main', '-o', 'json'])).stdout),
            (await gate.must('GET', '/listeners/main')).json,
        );
    assert.match((await gate.cli(['explain', 'endpoint'])).stdout, /allowTokens +true or false +Whether bearer tokens/);
    assert.equal((await gate.cli(['explain', 'nonsense'])).code, 2);
});
