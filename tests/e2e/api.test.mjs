// SPDX-License-Identifier: Apache-2.0
// The management API as its own document says it: the document itself, every path that can be read, conditions, pages. That all other
// answers of all tests fit it is the harness's business (openapi.mjs).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BINARY, freshName, makeCaller, ROLE, runProgram, sharedInstallation } from './harness.mjs';
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
