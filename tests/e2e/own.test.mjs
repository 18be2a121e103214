// SPDX-License-Identifier: Apache-2.0
// The baseline over the installation's own objects: judged by control, kept as history, following what is changed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshName, makeCaller, ROLE, sharedInstallation } from './harness.mjs';

const gate = sharedInstallation();
const assess = async (body = {}) => (await gate.must('POST', '/assessments', body)).json.properties.report;
const of = (report, rule) => report.results.filter((r) => r.rule === rule);

test('every rule about own objects has an outcome, and what is not in this version is n/a with its reason', async () => {
    const report = await assess();
    const rules = [...new Set(report.results.map((r) => r.rule))];
    assert.deepEqual(
        rules,
        Array.from({ length: 19 }, (_, i) => `GH-GW-${String(i + 1).padStart(3, '0')}`),
    );
    assert.equal(report.passed + report.failed + report.unknown + report.notApplicable, 19);
    for (const r of report.results) assert.ok(r.found.length > 0 && r.controls.length > 0, JSON.stringify(r));
    assert.equal(of(report, 'GH-GW-001')[0].outcome, 'pass');
    assert.equal(of(report, 'GH-GW-011')[0].outcome, 'pass');
    assert.match(of(report, 'GH-GW-018')[0].found, /no detections/);
});

test('outcomes follow the objects', async () => {
    const ws = freshName('own');
    await gate.put(`/workspaces/${ws}`, {});
    await gate.put(`/workspaces/${ws}/endpoints/ep`, {});
    const at = `/workspaces/${ws}/endpoints/ep`;
    const tools = async () => of(await assess(), 'GH-GW-007').find((r) => r.resource === at)?.outcome;
    assert.equal(await tools(), 'fail');
    await gate.put(at, { allowedTools: ['lookup'] });
    assert.equal(await tools(), undefined, 'a list is named no more');
    await gate.put(at, { allowedTools: ['lookup'], systemPrompt: 'Be brief.' });
    assert.equal(of(await assess(), 'GH-GW-006').find((r) => r.resource === at)?.outcome, 'fail', 'instructions without a version');
    await gate.put(at, { allowedTools: ['lookup'], systemPrompt: 'Be brief.', systemPromptVersion: '1' });
    assert.equal(of(await assess(), 'GH-GW-006').find((r) => r.resource === at), undefined);
    await gate.must('DELETE', at);
    await gate.must('DELETE', `/workspaces/${ws}`);
});

test('more than two standing administrators are named', async () => {
    const people = [];
    for (let i = 0; i < 3; i++) people.push(await makeCaller(gate, { role: ROLE.owner ?? 'Owner', scope: '/workspaces/demo' }));
    const failed = of(await assess(), 'GH-GW-013').filter((r) => r.outcome === 'fail');
    assert.ok(failed.length >= 1);
    assert.match(failed[0].found, / at \//);
    for (const p of people) await gate.must('DELETE', p.assignment);
});

test('assessments are history: listed in the order of time, not written by PUT, deleted by whoever may', async () => {
    const first = (await gate.must('POST', '/assessments', { keyAgeDays: 1 })).json;
    await new Promise((r) => setTimeout(r, 1100));
    const second = (await gate.must('POST', '/assessments', {})).json;
    const ids = (await gate.must('GET', '/assessments')).json.value.map((a) => a.id);
    assert.ok(ids.indexOf(first.id) >= 0 && ids.indexOf(first.id) < ids.indexOf(second.id));
    assert.equal((await gate.api('PUT', '/assessments/mine', {})).status, 405);
    assert.equal((await gate.api('POST', '/assessments', { report: { scorePercent: 100 } })).json.properties.report.results.length > 10, true);
    assert.equal((await gate.api('POST', '/assessments', { keyAgeDays: 0 })).status, 400);
    await gate.must('DELETE', first.id);
});

test('whoever may not assess, may not', async () => {
    const { token } = await makeCaller(gate, { scope: '/workspaces/demo' });
    assert.equal((await gate.api('POST', '/assessments', {}, { token })).status, 403);
});

test('the command line: table, JSON, exit status by severity, history', async () => {
    const all = await gate.local(['baseline', 'own', '-o', 'json', '--fail-on', 'critical']);
    assert.equal(all.code, 0, all.stderr);
    assert.equal(JSON.parse(all.stdout).results.length >= 19, true);
    const low = await gate.local(['baseline', 'own']);
    assert.equal(low.code, 1, 'the demo endpoint has no list of tools');
    assert.match(low.stdout, /fail +GH-GW-007 .*\n +\/workspaces\/demo\/endpoints\/chat: /);
    assert.equal((await gate.local(['baseline', 'own', '--fail-on', 'grave'])).code, 2);
    const history = await gate.local(['baseline', 'history']);
    assert.equal(history.code, 0);
    assert.match(history.stdout, /AT +SCORE +PASSED +FAILED\n.*\d+ %/);
});
