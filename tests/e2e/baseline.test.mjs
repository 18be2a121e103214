// SPDX-License-Identifier: Apache-2.0
// What `gatehouse baseline` writes: SARIF against its schema, JUnit, Markdown, the answers of other tools beside ours, assignments of Azure Policy,
// the table of rules; and the shell steps of the CI recipes, run as they stand. No installation, no network.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createRequire } from 'node:module';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { BINARY, runProgram } from './harness.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-baseline-'));
after(() => fs.rmSync(scratch, { recursive: true, force: true }));

const TEMPLATE = `{
  "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
  "contentVersion": "1.0.0.0",
  "parameters": { "open": { "type": "string" }, "adminPassword": { "type": "secureString", "defaultValue": "hunter2hunter2" } },
  "resources": [
    { "type": "Microsoft.CognitiveServices/accounts", "apiVersion": "2024-10-01", "name": "modèle <1>", "kind": "OpenAI", "location": "westeurope",
      "properties": { "publicNetworkAccess": "Enabled", "disableLocalAuth": "[parameters('open')]" } },
    { "type": "Microsoft.KeyVault/vaults", "apiVersion": "2023-07-01", "name": "v",
      "properties": { "enableRbacAuthorization": true, "networkAcls": { "ipRules": [ { "value": "203.0.113.4" } ] } } },
    { "type": "Microsoft.Storage/storageAccounts", "apiVersion": "2023-01-01", "name": "s", "kind": "StorageV2", "properties": { "minimumTlsVersion": "TLS1_3" } }
  ]
}
`;
const folder = path.join(scratch, 'infra');
fs.mkdirSync(folder);
const file = path.join(folder, 'main file.json');
fs.writeFileSync(file, TEMPLATE);
const waivers = path.join(scratch, 'waivers.yaml');
fs.writeFileSync(waivers, `- rule: GH-KV-002\n  resource: "v"\n  reason: moves next month\n  owner: platform\n  expires: 2999-01-01\n`);

async function scan(args, code) {
    const got = await runProgram(BINARY, ['baseline', 'scan', ...args]);
    assert.equal(got.code, code, `${args.join(' ')}: ${got.stderr}`);
    return got.stdout;
}
const json = async (args, code) => JSON.parse(await scan([...args, '-o', 'json'], code));
const of = (report, rule, resource) => report.results.filter((r) => r.rule === rule && (resource === undefined || r.resource === resource));

test('SARIF keeps its schema, and says where and why', async () => {
    const require = createRequire(import.meta.url);
    const schema = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
    const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
    addFormats(ajv);
    const validate = ajv.compile({ ...schema, $schema: undefined, id: undefined });
    const log = JSON.parse(await scan([file, '--waivers', waivers, '-o', 'sarif'], 1));
    assert.ok(validate(log), JSON.stringify(validate.errors?.slice(0, 5), null, 1));
    const run = log.runs[0];
    assert.equal(run.tool.driver.rules.length, 150);
    const fails = run.results.filter((r) => r.kind === 'fail');
    assert.ok(fails.length > 10);
    for (const r of run.results) {
        assert.equal(run.tool.driver.rules[r.ruleIndex].id, r.ruleId);
        assert.ok(r.message.text && r.locations[0].physicalLocation.region.startLine >= 1);
        assert.match(r.locations[0].physicalLocation.artifactLocation.uri, /main%20file\.json$/);
    }
    const pna = fails.find((r) => r.ruleId === 'GH-AIS-002');
    assert.equal(pna.level, 'error');
    assert.equal(pna.locations[0].logicalLocations[0].name, 'modèle <1>');
    const { startLine, startColumn } = pna.locations[0].physicalLocation.region;
    assert.ok(TEMPLATE.split('\n')[startLine - 1].slice(startColumn - 1).startsWith('"Enabled"'), `${startLine}:${startColumn}`);
    const review = run.results.find((r) => r.ruleId === 'GH-AIS-001');
    assert.deepEqual([review.kind, review.level], ['review', 'none']);
    const waived = fails.find((r) => r.ruleId === 'GH-KV-002');
    assert.match(waived.suppressions[0].justification, /moves next month \(platform, until 2999-01-01\)/);
    assert.deepEqual(fails.find((r) => r.ruleId === 'GH-KV-006').suppressions, []);
    assert.ok(new Set(run.results.map((r) => r.partialFingerprints['gatehouseBaseline/v1'])).size > run.results.length * 0.9);
    assert.doesNotMatch(JSON.stringify(log), /hunter2/, 'no secret in a report');
});

test('JUnit is well-formed and counts what it says', async () => {
    const xml = await scan([file, '--waivers', waivers, '-o', 'junit'], 1);
    const stack = [];
    for (const [, end, name, self] of xml.replace(/^<\?xml[^>]*\?>/, '').matchAll(/<(\/?)([a-z]+)(?:\s+[\w-]+="[^"<]*")*\s*(\/?)>/g))
        if (end) assert.equal(stack.pop(), name);
        else if (!self) stack.push(name);
    assert.deepEqual(stack, []);
    const [, tests, failures, skipped] = xml.match(/<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="0" skipped="(\d+)"/).map(Number);
    assert.equal((xml.match(/<testcase /g) ?? []).length, tests);
    assert.equal((xml.match(/<failure /g) ?? []).length, failures);
    assert.equal((xml.match(/<skipped /g) ?? []).length, skipped);
    assert.match(xml, /mod(è)le &lt;1&gt;/);
    assert.match(xml, /<skipped message="waived: moves next month"\/>/);
    assert.match(xml, /<skipped message="unknown: /);
});

test('Markdown keeps its table whole', async () => {
    const text = await scan([file, '-o', 'markdown'], 1);
    const rows = text.split('\n').filter((l) => l.startsWith('| Critical') || l.startsWith('| High'));
    assert.ok(rows.length > 5);
    for (const row of rows) assert.ok([6, 7].includes(row.replace(/\\\|/g, '').split('|').length - 1), row);
    assert.match(text, /mod(è)le &lt;1>/);
});

test('what other tools say stands beside: the differences of the page', async () => {
    const at = (report, rule, resource, id) => of(report, rule, resource)[0].compat.find((c) => c.id === id).outcome;
    const checkov = await json([file, '--compat', 'checkov'], 1);
    assert.equal(of(checkov, 'GH-KV-002')[0].outcome, 'fail');
    assert.equal(at(checkov, 'GH-KV-002', 'v', 'CKV_AZURE_189'), 'pass', 'an ipRules entry passes there');
    assert.equal(at(checkov, 'GH-STG-005', 's', 'CKV_AZURE_59'), 'pass', 'absent passes there');
    assert.equal(at(checkov, 'GH-STG-002', 's', 'CKV_AZURE_44'), 'fail', 'TLS1_3 is not known there');
    assert.equal(of(checkov, 'GH-STG-002', 's')[0].outcome, 'pass');
    const psrule = await json([file, '--compat', 'psrule'], 1);
    assert.equal(at(psrule, 'GH-KV-005', 'v', 'Azure.KeyVault.SoftDelete'), 'fail', 'written out there');
    assert.equal(of(psrule, 'GH-KV-005', 'v')[0].outcome, 'pass');
    assert.equal(at(psrule, 'GH-AIS-005', undefined, 'Azure.AI.ManagedIdentity'), 'n/a');
    const policy = await json([file, '--compat', 'policy'], 1);
    assert.equal(at(policy, 'GH-AIS-002', undefined, '0725b4dd'), 'fail');
    const bare = await json([file], 1);
    assert.equal(of(bare, 'GH-KV-002')[0].compat, undefined);
    await scan([file, '--compat', 'nonsense'], 2);
});

test('assignments of Azure Policy for what fails', async () => {
    const list = JSON.parse(await scan([file, '--policy'], 1));
    const local = list.find((a) => a.name === 'gh-0725b4dd');
    assert.equal(local.type, 'Microsoft.Authorization/policyAssignments');
    assert.equal(local.properties.policyDefinitionId, '/providers/Microsoft.Authorization/policyDefinitions/0725b4dd-7e76-479c-a735-68e7ee23d5ca');
    assert.deepEqual(local.properties.metadata.rules, ['GH-AIS-002']);
    assert.equal(new Set(list.map((a) => a.name)).size, list.length, 'each once');
    assert.ok(!list.some((a) => a.name === 'gh-12d4fa5e'), 'what passes needs none');
    for (const a of list) {
        assert.ok(a.properties.metadata.rules.length > 0);
        const id = a.properties.policyDefinitionId;
        assert.ok(id === null ? a.properties.metadata.lookUp : new RegExp(`/${a.name.slice(3)}-[0-9a-f-]{27}$`).test(id), a.name);
    }
});

test('the table of rules, and one of them in words', async () => {
    const run = async (args, code = 0) => {
        const got = await runProgram(BINARY, ['baseline', ...args]);
        assert.equal(got.code, code, got.stderr);
        return got.stdout;
    };
    const rules = JSON.parse(await run(['rules', '-o', 'json']));
    assert.equal(rules.length, 169);
    assert.equal(rules.filter((r) => r.judged === 'installation').length, 19);
    assert.ok(rules.every((r) => r.title && r.severity && r.controls.length === 1));
    assert.equal((await run(['rules'])).trim().split('\n').length, 169);
    const words = await run(['explain', 'gh-kv-001']);
    assert.match(words, /properties\.enableRbacAuthorization is true \(absent: false, from apiVersion 2026-02-01 on true\)/);
    assert.match(words, /Azure Policy\s+12d4fa5e-1f9f-4c21-97a9-b99b3c6611b5 \(overlaps\)/);
    assert.equal(JSON.parse(await run(['explain', 'GH-GW-001', '-o', 'json'])).judged, 'installation');
    for (const r of rules.filter((_, i) => i % 12 === 0)) assert.ok((await run(['explain', r.id])).includes(r.title));
    await run(['explain', 'GH-NO-001'], 1);
});

/** The text of each `run: |` or `bash: |` block of a recipe, its indent taken off. */
function shellSteps(name) {
    const lines = fs.readFileSync(path.join(root, 'deploy/ci', name), 'utf8').split('\n');
    const steps = [];
    for (let i = 0; i < lines.length; i++) {
        if (!/^\s*(-\s+)?(run|bash):\s*\|\s*$/.test(lines[i])) continue;
        const indent = lines[i + 1].match(/^ */)[0];
        const body = [];
        while (lines[i + 1] === '' || lines[i + 1]?.startsWith(indent)) body.push(lines[++i].slice(indent.length));
        steps.push(body.join('\n'));
    }
    return steps;
}

test('the shell steps of the CI recipes run as they stand', async () => {
    for (const name of ['github-actions.yml', 'azure-pipelines.yml']) {
        const steps = shellSteps(name);
        assert.equal(steps.length, 1, name);
        const place = fs.mkdtempSync(path.join(scratch, 'ci-'));
        fs.cpSync(folder, path.join(place, 'infra'), { recursive: true });
        for (const [failOn, code] of [['high', 1], ['critical', 1]]) {
            const env = { PATH: `${path.dirname(BINARY)}:${process.env.PATH}`, TEMPLATES: 'infra', FAIL_ON: failOn, GITHUB_STEP_SUMMARY: path.join(place, 'summary.md'), BUILD_ARTIFACTSTAGINGDIRECTORY: path.join(place, 'out') };
            const got = await runProgram('bash', ['-c', `cd '${place}' && set -eo pipefail\n${steps[0]}`], { env });
            assert.equal(got.code, code, `${name}: ${got.stdout}${got.stderr}`);
        }
        const sarif = name.startsWith('github') ? 'baseline.sarif' : 'out/sarif/baseline.sarif';
        const results = JSON.parse(fs.readFileSync(path.join(place, sarif), 'utf8')).runs[0].results;
        assert.equal(results[0].locations[0].physicalLocation.artifactLocation.uri, 'infra/main%20file.json');
        assert.match(fs.readFileSync(path.join(place, name.startsWith('github') ? 'summary.md' : 'out/baseline.md'), 'utf8'), /## Baseline/);
        fs.rmSync(path.join(place, 'infra/main file.json'));
        fs.writeFileSync(path.join(place, 'infra/good.json'), JSON.stringify({ $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#', contentVersion: '1.0.0.0', resources: [] }));
        const env = { PATH: `${path.dirname(BINARY)}:${process.env.PATH}`, TEMPLATES: 'infra', FAIL_ON: 'high', GITHUB_STEP_SUMMARY: path.join(place, 'summary.md'), BUILD_ARTIFACTSTAGINGDIRECTORY: path.join(place, 'out') };
        assert.equal((await runProgram('bash', ['-c', `cd '${place}' && set -eo pipefail\n${steps[0]}`], { env })).code, 0, `${name}: nothing to find`);
    }
});
