// SPDX-License-Identifier: Apache-2.0
// The guidance of a running installation: every recommendation, in the order of the requirements, with a proof that follows what is changed.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { freshName, makeCaller, ROLE, sharedInstallation } from './harness.mjs';

const gate = sharedInstallation();
const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const guidance = async (...args) => {
    const got = await gate.local(['guidance', ...args]);
    assert.equal(got.code, 0, got.stderr);
    return got.stdout;
};
const rows = async () => Object.fromEntries(JSON.parse(await guidance('-o', 'json')).recommendations.map((r) => [r.id, r]));
const evidence = (row) => row.evidence.join('\n');

test('every requirement has its recommendation, in the same order, with words for all of it', async () => {
    const ids = [...fs.readFileSync(path.join(root, 'docs/requirements.md'), 'utf8').matchAll(/^\| ([A-Z]{2}-\d+) /gm)].map((m) => m[1]);
    const report = JSON.parse(await guidance('-o', 'json'));
    assert.deepEqual(
        report.recommendations.map((r) => r.id),
        ids,
    );
    for (const row of report.recommendations) {
        for (const field of ['title', 'means', 'here', 'azure']) assert.ok(row[field].length > 3, `${row.id} ${field}`);
        assert.ok(['in force', 'partly', 'not', 'cannot tell'].includes(row.standing), row.id);
        assert.ok(row.evidence.length > 0, `${row.id} has no evidence`);
    }
    assert.equal(
        Object.values(report.summary).reduce((a, b) => a + b),
        ids.length,
    );
});

test('proofs follow what is changed', async () => {
    const name = freshName('outside');
    await gate.put(`/issuers/${name}`, { issuer: `https://${name}.example/v2.0`, jwksUri: `https://${name}.example/keys` });
    let all = await rows();
    assert.equal(all['AC-4'].standing, 'in force');
    assert.match(evidence(all['AC-4']), new RegExp(`/issuers/${name}\\b|and \\d+ more`));
    await gate.must('DELETE', `/issuers/${name}`);
    all = await rows();
    assert.doesNotMatch(evidence(all['AC-4']), new RegExp(name));
});

test('calls prove that identity was asked for', async () => {
    const { token } = await makeCaller(gate, { scope: '/workspaces/demo' });
    const answer = await gate.request({
        method: 'POST',
        path: '/workspaces/demo/endpoints/chat/openai/v1/chat/completions',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'guide me' }] }),
    });
    assert.equal(answer.status, 200);
    let row;
    for (let i = 0; i < 40 && row?.standing !== 'in force'; i++) {
        row = (await rows())['ZT-1'];
        await new Promise((r) => setTimeout(r, 50));
    }
    assert.equal(row.standing, 'in force', evidence(row));
    assert.match(evidence(row), /were authenticated and authorized/);
});

test('what one may not see cannot be told', async () => {
    const { token } = await makeCaller(gate, { role: ROLE.openaiUser, scope: '/workspaces/demo' });
    const got = await gate.remote(['guidance', '-o', 'json'], { token });
    assert.equal(got.code, 0, got.stderr);
    const by = Object.fromEntries(JSON.parse(got.stdout).recommendations.map((r) => [r.id, r]));
    for (const id of ['ZT-2', 'AC-4', 'GO-2']) {
        assert.equal(by[id].standing, 'cannot tell', id);
        assert.match(evidence(by[id]), /you may not see/);
    }
});

test('one page to hand on: whole in itself, nothing of an object becomes markup', async () => {
    const page = await guidance('-o', 'html');
    assert.match(page, /^<!doctype html>/);
    assert.match(page, /<\/html>\n$/);
    assert.doesNotMatch(page, /<(script|link|img|iframe)\b|src=|url\(/i);
    assert.equal((page.match(/<h2 /g) ?? []).length, JSON.parse(await guidance('-o', 'json')).recommendations.length);
});

test('without an installation nothing is told of one; a wrong form is refused', async () => {
    const alone = await gate.cli(['guidance', '-o', 'json']);
    assert.equal(alone.code, 0);
    assert.ok(JSON.parse(alone.stdout).recommendations.every((r) => r.standing === 'cannot tell' && r.evidence.length === 0));
    const bad = await gate.cli(['guidance', '-o', 'xml']);
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /table, json or html/);
});

test('the shield is proved endpoint by endpoint', async () => {
    const name = freshName('shielded');
    await gate.put(`/workspaces/${name}`, {});
    const at = `/workspaces/${name}/endpoints/ep`;
    await gate.put(at, { shield: { spotlight: 'delimit', document: { threshold: 0.4 } } });
    let all = await rows();
    assert.match(evidence(all['MO-2']), /endpoints whose shield blocks/);
    assert.equal(all['LL-1'].standing, 'partly', evidence(all['LL-1']));
    const count = () => Number(/(\d+) of \d+ endpoints/.exec(evidence(all['MO-2']))[1]);
    const before = count();
    await gate.put(at, { shield: { document: { action: 'log' } } });
    all = await rows();
    assert.equal(count(), before - 1);
    await gate.delete(at);
});
