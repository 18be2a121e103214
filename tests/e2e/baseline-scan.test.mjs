// SPDX-License-Identifier: Apache-2.0
// `gatehouse baseline scan` as a stranger's pipeline calls it: exit status, one JSON object, waivers, directories, corrected copies. No installation.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const BINARY = process.env.GATEHOUSE_BIN ?? path.join(root, 'build/cli/gatehouse');
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gatehouse-scan-'));
process.on('exit', () => fs.rmSync(dir, { recursive: true, force: true }));

const write = (name, value) => {
    const file = path.join(dir, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, typeof value === 'string' ? value : JSON.stringify(value, null, 2));
    return file;
};
const scan = (args, input) => spawnSync(BINARY, ['baseline', 'scan', ...args], { encoding: 'utf8', input, timeout: 20_000 });
const json = (args, input) => {
    const r = scan([...args, '-o', 'json'], input);
    return { ...r, report: r.stdout ? JSON.parse(r.stdout) : null };
};
const template = (resources, parameters = {}) => ({
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    parameters,
    resources,
});
const search = (name, properties) => ({ type: 'Microsoft.Search/searchServices', apiVersion: '2023-11-01', name, properties });

test('exit status 1 for a fail, 0 when no fail is severe enough, with place, path, values and fix', () => {
    const file = write('one.json', template([search('s', { disableLocalAuth: 'False' })]));
    const { status, report } = json([file]);
    const r = report.results.find((x) => x.rule === 'GH-SRCH-001');
    assert.equal(status, 1);
    assert.equal(r.outcome, 'fail');
    assert.equal(r.resource, 's');
    assert.equal(r.type, 'Microsoft.Search/searchServices');
    assert.equal(r.path, 'properties.disableLocalAuth');
    assert.equal(r.found, 'False');
    assert.equal(r.wanted, 'true');
    assert.ok(r.fix.length > 0 && r.controls.includes('IM-1') && r.waived === false && r.file === file);
    const line = fs.readFileSync(file, 'utf8').split('\n')[r.line - 1];
    assert.equal(line.slice(r.column - 1, r.column + 6), '"False"');
    assert.equal(scan([file, '--fail-on', 'critical']).status, 0);
});

test('what is not understood is exit status 2, with file, line and column, and never an empty success', () => {
    for (const [name, text] of Object.entries({
        'no.json': '{"name": "package"}',
        'empty.json': '',
        'list.json': '[]',
        'twice.json': '{"resources": [],\n "resources": []}',
        'deep.json': '['.repeat(1000),
        'bytes.json': Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]),
    })) {
        fs.writeFileSync(path.join(dir, name), text);
        const r = scan([path.join(dir, name)]);
        assert.equal(r.status, 2, name);
        assert.match(r.stderr, new RegExp(`${name}:\\d+:\\d+: `), name);
        assert.equal(r.stdout, '', name);
    }
    assert.equal(scan([path.join(dir, 'absent.json')]).status, 2);
    assert.equal(scan([]).status, 2);
});

test('parameters decide; without a value a rule is unknown, which is no fail and no pass', () => {
    const file = write('p.json', template([search("[parameters('n')]", { disableLocalAuth: "[parameters('off')]" })], { n: { type: 'string' }, off: { type: 'bool' } }));
    const values = (off) => write(`${off}.parameters.json`, { contentVersion: '1.0.0.0', parameters: { n: { value: 'abc' }, off: { value: off } } });
    const of = (report) => report.results.find((x) => x.rule === 'GH-SRCH-001');
    assert.equal(of(json([file]).report).outcome, 'unknown');
    assert.equal(of(json([file, '--parameters', values(true)]).report).outcome, 'pass');
    const failed = of(json([file, '--parameters', values(false)]).report);
    assert.equal(failed.outcome, 'fail');
    assert.equal(failed.resource, 'abc');
});

test('a directory: templates with the parameter file beside them; a stray file is an error and hides nothing', () => {
    write('tree/a/main.json', template([search("[parameters('n')]", {})], { n: { type: 'string' } }));
    write('tree/a/main.parameters.json', { contentVersion: '1.0.0.0', parameters: { n: { value: 'bound' } } });
    const good = json([path.join(dir, 'tree')]);
    assert.equal(good.status, 1);
    assert.ok(good.report.results.some((r) => r.resource === 'bound'));
    write('tree/b/package.json', { name: 'x' });
    const mixed = json([path.join(dir, 'tree')]);
    assert.equal(mixed.status, 2);
    assert.match(mixed.stderr, /b\/package\.json:1:1/);
    assert.ok(mixed.report.results.some((r) => r.resource === 'bound'));
});

test('a waiver takes a fail out of the score and the exit status; an expired one does not, and says so', () => {
    const file = write('w.json', template([search('s', { disableLocalAuth: false })]));
    const waiver = (expires) => write('waivers.yaml', `waivers:\n  - {rule: "GH-*", resource: "*", reason: old, owner: me, expires: "${expires}"}\n`);
    const open = json([file, '--waivers', waiver('2999-01-01')]);
    assert.equal(open.status, 0);
    assert.ok(open.report.results.filter((r) => r.outcome === 'fail').every((r) => r.waived));
    const closed = json([file, '--waivers', waiver('2020-01-01')]);
    assert.equal(closed.status, 1);
    assert.match(closed.stderr, /expired/);
    assert.equal(scan([file, '--waivers', write('bad.yaml', '- {rule: GH-SRCH-001}\n')]).status, 2);
});

test('--fix writes a corrected copy, shows the difference without secrets, and never writes in place', () => {
    const file = write(
        'fix.json',
        template([search('s', { disableLocalAuth: false }), { type: 'Microsoft.KeyVault/vaults/secrets', apiVersion: '2023-07-01', name: 'v/s', properties: { value: 'hunter2-literal' } }, search('t', { disableLocalAuth: false })]),
    );
    const before = fs.readFileSync(file, 'utf8');
    const r = scan([file, '--fix']);
    const copy = JSON.parse(fs.readFileSync(path.join(dir, 'fix.fixed.json'), 'utf8'));
    assert.equal(fs.readFileSync(file, 'utf8'), before);
    assert.equal(copy.resources[0].properties.disableLocalAuth, true);
    assert.equal(copy.resources[1].properties.value, 'hunter2-literal');
    assert.match(r.stdout, /^-.*"disableLocalAuth": false/m);
    assert.match(r.stdout, /^\+.*"disableLocalAuth": true/m);
    assert.doesNotMatch(r.stdout + r.stderr, /hunter2/);
    assert.equal(scan([file, '--fix', '--out', dir]).status, 2);
});

test('an answer of Resource Graph, in lower case, from standard input', () => {
    const id = '/subscriptions/s/resourceGroups/g/providers/microsoft.search/searchservices/s';
    const { report } = json(['-'], JSON.stringify({ count: 1, data: [{ id, name: 's', type: 'microsoft.search/searchservices', properties: { disablelocalauth: true } }] }));
    assert.equal(report.results.find((r) => r.rule === 'GH-SRCH-001').outcome, 'pass');
});

test('no form of output shows a secret: of a parameter file, in a name, a policy document, a list, a connection string', () => {
    const secret = ['Param-S3cret', 'Object-S3cret', 'Default-S3cret', 'Backend-S3cret', 'List-S3cret', 'Policy-S3cret', 'Output-S3cret', 'Named-S3cret'];
    const api = 'Microsoft.ApiManagement/service/';
    const value = template(
        [
            { type: 'Microsoft.KeyVault/vaults', apiVersion: '2023-07-01', name: "[concat('kv', parameters('pw'))]", properties: { publicNetworkAccess: "[parameters('so').x]", networkAcls: { defaultAction: "[parameters('d')]" } } },
            { type: `${api}namedValues`, apiVersion: '2023-01-01', name: 'a/n', properties: { secret: true, value: secret[7] } },
            { type: `${api}backends`, apiVersion: '2023-01-01', name: 'a/b', properties: { url: `http://u:${secret[3]}@x.openai.azure.com` } },
            { type: 'Microsoft.CognitiveServices/accounts/connections', apiVersion: '2025-04-01-preview', name: 'a/c', properties: { authType: 'ApiKey', credentials: { keys: [{ first: 'aFirstOne' }, secret[4]] } } },
            { type: `${api}apis/policies`, apiVersion: '2023-01-01', name: 'a/b/policy', properties: { format: 'rawxml', value: `<policies><inbound><set-header name="api-key"><value>${secret[5]}</value></set-header></inbound></policies>` } },
        ],
        { pw: { type: 'secureString' }, so: { type: 'secureObject', defaultValue: { x: 'y', z: [secret[2]] } }, d: { type: 'secureString', defaultValue: secret[2] } },
    );
    value.outputs = { cs: { type: 'string', value: `AccountKey=${secret[6]}` } };
    const file = write('secrets.json', value);
    const given = write('secrets.parameters.json', { $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#', contentVersion: '1.0.0.0', parameters: { pw: { value: secret[0] }, so: { value: { x: secret[1] } } } });
    const out = path.join(dir, 'fixed-secrets');
    fs.mkdirSync(out);
    for (const args of [...['table', 'json', 'sarif', 'junit', 'markdown'].map((o) => ['-o', o]), ['--fix', '--out', out], ['--policy']]) {
        const { status, stdout, stderr } = scan([file, '--parameters', given, ...args]);
        assert.equal(status, 1, stderr);
        for (const s of secret) assert.ok(!stdout.includes(s) && !stderr.includes(s), `${args.join(' ')} shows ${s}`);
    }
    const failed = json([file]).report.results.filter((r) => r.outcome === 'fail').map((r) => r.rule);
    for (const rule of ['GH-TPL-001', 'GH-TPL-003', 'GH-AML-051', 'GH-APIM-019']) assert.ok(failed.includes(rule), rule);
});

test('what a resource lists and is none is told, and hides neither the resource nor its other children', () => {
    const vault = (resources) => [{ type: 'Microsoft.KeyVault/vaults', name: 'a', properties: {}, resources }];
    const file = write('listed.json', vault([{ size: 1 }, 3, { type: 'Microsoft.KeyVault/vaults/secrets', name: 'a/s', properties: {} }]));
    const { report, stderr } = json([file]);
    assert.match(stderr, /listed\.json:\d+:\d+: listed under resources, and no resource/);
    assert.equal(report.results.find((r) => r.rule === 'GH-KV-009').outcome, 'fail');
    assert.equal(report.results.find((r) => r.rule === 'GH-KV-004').resource, 'a');
});

// ---- the landing zone that the guidance hands out --------------------------------------------------------------------------------------

const zone = path.join(root, 'deploy/azure/landing-zone.json');
const zoneParameters = path.join(root, 'deploy/azure/landing-zone.parameters.json');
const severe = (report) => report.results.filter((r) => r.outcome === 'fail' || (r.outcome === 'unknown' && /High|Critical/.test(r.severity)));

test('deploy/azure: no fail of any severity, nothing of high severity left undecided: by file, without values, as a directory', () => {
    const each = fs.readdirSync(path.join(root, 'deploy/azure')).filter((f) => f.endsWith('.json') && !f.endsWith('.parameters.json'));
    assert.ok(each.includes('landing-zone.json'));
    for (const args of [[zone, '--parameters', zoneParameters], [path.join(root, 'deploy/azure')], ...each.map((f) => [path.join(root, 'deploy/azure', f)])]) {
        const { status, report } = json(args);
        assert.deepEqual(severe(report), [], args.join(' '));
        assert.equal(status, 0, args.join(' '));
    }
    assert.ok(json([zone, '--parameters', zoneParameters]).report.summary.pass > 200);
});

test('deploy/azure: one property less, and the scan says which', () => {
    const text = fs.readFileSync(zone, 'utf8');
    for (const [was, is, rule] of [
        ['"disableLocalAuth": true', '"disableLocalAuth": false', 'GH-AIS-001'],
        ['"enablePurgeProtection": true', '"enablePurgeProtection": false', 'GH-KV-004'],
        ['"allowSharedKeyAccess": false', '"allowSharedKeyAccess": true', 'GH-STG-007'],
        ['"adminUserEnabled": false', '"adminUserEnabled": true', 'GH-ACR-001'],
        ['AllowOnlyApprovedOutbound', 'AllowInternetOutbound', 'GH-AML-003'],
        ['shield-prompt=\\"true\\"', 'shield-prompt=\\"false\\"', 'GH-APIM-022'],
    ]) {
        assert.ok(text.includes(was), was);
        const file = write('broken-zone.json', text.replaceAll(was, is));
        const { status, report } = json([file, '--parameters', zoneParameters]);
        assert.equal(status, 1, rule);
        assert.ok(severe(report).some((r) => r.rule === rule && r.outcome === 'fail'), rule);
    }
});

test('files of one scan are one input: a plan of one is not missed in another, and what none has is said once', () => {
    const plan = { type: 'Microsoft.Security/pricings', apiVersion: '2024-01-01', name: 'AI', properties: { pricingTier: 'Standard' } };
    const one = write('plan.json', template([plan]));
    const files = ['a', 'b'].map((n) => write(`${n}-search.json`, template([search(n, {})])));
    const of = (report, rule) => report.results.filter((r) => r.rule === rule).map((r) => r.outcome);
    assert.deepEqual(of(json([...files, one]).report, 'GH-DEF-001'), ['pass']);
    assert.deepEqual(of(json([...files, one]).report, 'GH-DEF-003'), ['unknown', 'n/a']);
});
