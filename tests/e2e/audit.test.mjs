// SPDX-License-Identifier: Apache-2.0
// The record of records: every answer has its own, and whoever edits, removes, moves, cuts, signs anew or brings an old copy is found.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { canary, eventually, makePlace, sharedInstallation, sleep } from './harness.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json', 'stream', 'hang-up'] });
const scratch = fs.mkdtempSync(path.join(gate.dir, 'audit-'));
const file = (name, text) => {
    const at = path.join(scratch, name);
    if (text !== undefined) fs.writeFileSync(at, text);
    return at;
};
const audit = (...args) => gate.local(['audit', ...args]);
const output = async (...args) => {
    const got = await audit(...args);
    assert.equal(got.code, 0, got.stderr);
    return got.stdout;
};
/** Verification of an export, offline: no data directory, no network. */
const verify = (exported, ...pins) => gate.cli(['audit', 'verify', '--export', file('export.jsonl', exported), ...pins]);

test('each answer has its records, with the controls that ran', async () => {
    const answers = [
        ['allowed', await place.chat('json'), ['open', 'close']],
        ['streamed', await place.chat('stream', { body: { stream: true } }), ['open', 'close']],
        ['Azure', await place.chat('json', { surface: 'azure' }), ['open', 'close']],
        ['HTTP/2', await place.chat('json', { version: 2 }), ['open', 'close']],
        ['failed', await place.chat('hang-up'), ['open', 'close']],
        ['no credential', await place.chat('json', { token: null }), ['refused']],
        ['bad body', await place.chat('json', { body: '{' }), ['refused']],
        ['unknown deployment', await place.chat('nobody'), ['refused']],
        ['unknown path', await gate.request({ path: '/nowhere' }), ['refused']],
        ['management', await gate.api('GET', '/status'), ['open', 'close']],
        ['a change', await gate.api('PUT', `${place.endpoint}`, { publicNetworkAccess: 'Enabled' }), ['open', 'close', 'admin']],
        ['management refused', await gate.api('GET', '/status', undefined, { token: 'a.b.c' }), ['refused']],
    ];
    await eventually(
        'all records',
        async () => {
            const records = await gate.records();
            for (const [what, answer, kinds] of answers) {
                const id = answer.headers['x-request-id'];
                assert.ok(id, `${what}: no request id`);
                for (const kind of kinds)
                    assert.ok(
                        records.some((r) => r.request_id === id && r.kind === kind),
                        `${what}: no ${kind}`,
                    );
            }
            return true;
        },
        { withinMs: 8000, everyMs: 100 },
    );
    const close = (await gate.records()).find((r) => r.kind === 'close' && r.request_id === answers[1][1].headers['x-request-id']);
    for (const control of ['route', 'authentication', 'authorization', 'body', 'dialect', 'splice', 'response', 'stream', 'usage'])
        assert.ok(JSON.stringify(close.controls).includes(control), `${control} in ${JSON.stringify(close.controls)}`);
    const refused = (await gate.records()).find((r) => r.kind === 'refused' && r.request_id === answers[5][1].headers['x-request-id']);
    assert.ok(JSON.stringify(refused.controls).includes('authentication'));
});

test('a management change has its record, with the digest of what was written and no secret', async () => {
    const value = canary();
    await gate.put(`${place.at}/secrets/recorded`, { value, hosts: ['model.example:443'] });
    const record = await gate.record('the write', (r) => r.kind === 'admin' && r.resource === `${place.at}/secrets/recorded`);
    assert.match(record.operation, /write|put|create/i);
    assert.equal(record.verdict, 'allow');
    assert.ok(!JSON.stringify(record).includes(value));
});

let exported, key, head;
test('the chain verifies, on its own and under pins', async () => {
    await sleep(1200); // a head for what just happened
    key = file('audit.pem', await output('key'));
    head = file('head.json', await output('head')); // before the export: each of these commands leaves a record, so a later head may be newer
    exported = await output('export');
    for (const pins of [[], ['--key', key], ['--key', key, '--head', head]]) {
        const byExport = await verify(exported, ...pins);
        assert.equal(byExport.code, 0, `${pins}: ${byExport.stdout}${byExport.stderr}`);
        const live = await audit('verify', ...pins);
        assert.equal(live.code, 0, `${pins}: ${live.stdout}${live.stderr}`);
    }
});
test('without a pin it says which end is not pinned', async () => {
    const got = await verify(exported);
    assert.match(got.stdout + got.stderr, /not pinned|no key|no head|unpinned/i);
});

const lines = () => exported.split('\n').filter(Boolean);
const isRecord = (line) =>
    /"(type|line)"\s*:\s*"record"|"record"/.test(line) && /"hash"/.test(line) && /"n"/.test(line) && !/"sig"/.test(line);
const recordsAt = () => lines().flatMap((l, i) => (isRecord(l) ? [i] : []));
const middle = () => recordsAt()[Math.floor(recordsAt().length / 2)];
const change = (edit) => {
    const all = lines();
    edit(all);
    return all.join('\n') + '\n';
};
const TAMPERED = {
    'an edited record': () =>
        change((all) => {
            const at = middle();
            const line = JSON.parse(all[at]);
            const [name] = Object.entries(line).find(([k, v]) => typeof v === 'string' && v.length > 60 && k !== 'hash') ?? [];
            assert.ok(name, 'the record as bytes');
            const bytes = Buffer.from(line[name], 'base64');
            bytes[bytes.length - 1] ^= 1;
            all[at] = JSON.stringify({ ...line, [name]: bytes.toString('base64') });
        }),
    'an edited hash': () =>
        change((all) => {
            all[middle()] = all[middle()].replace(/"hash":"(.)/, (_, c) => `"hash":"${c === '0' ? '1' : '0'}`);
        }),
    'a removed record': () => change((all) => all.splice(middle(), 1)),
    'a removed record, numbers moved up': () =>
        change((all) => {
            const at = middle();
            all.splice(at, 1);
            for (let i = at; i < all.length; i++) all[i] = all[i].replace(/"n":(\d+)/, (_, n) => `"n":${n - 1}`);
        }),
    'two records exchanged': () =>
        change((all) => {
            const [a, b] = recordsAt().slice(-8, -6);
            [all[a], all[b]] = [all[b], all[a]];
        }),
    'a record twice': () => change((all) => all.splice(middle(), 0, all[middle()])),
    'decoded fields that differ from the bytes': () =>
        change((all) => {
            const at = recordsAt().find((i) => /"verdict":"deny"/.test(all[i]));
            all[at] = all[at].replace('"verdict":"deny"', '"verdict":"allow"');
        }),
};
for (const [what, make] of Object.entries(TAMPERED))
    test(`${what} is found`, async () => {
        const got = await verify(make(), '--key', key);
        assert.equal(got.code, 1, `${got.stdout}${got.stderr}`);
        assert.match(got.stdout + got.stderr, /\d/, 'names the first bad sequence');
    });

test('a cut end is found by a head that was kept', async () => {
    const cut = lines().slice(0, recordsAt().at(-10)).join('\n') + '\n';
    const got = await verify(cut, '--key', key, '--head', head);
    assert.equal(got.code, 1, got.stdout + got.stderr);
});
test('a chain under another key is found by the key that was kept', async () => {
    const { generateKeyPairSync } = await import('node:crypto');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const got = await verify(exported, '--key', file('other.pem', publicKey.export({ type: 'spki', format: 'pem' })));
    assert.equal(got.code, 1, got.stdout + got.stderr);
});
test('an old copy is found by a newer head', async () => {
    const old = exported;
    await place.chat('json');
    await eventually('a newer head', async () => (await output('head')) !== fs.readFileSync(head, 'utf8'), {
        withinMs: 6000,
        everyMs: 100,
    });
    const newer = file('newer-head.json', await output('head'));
    const got = await verify(old, '--key', key, '--head', newer);
    assert.equal(got.code, 1, got.stdout + got.stderr);
    const whole = await audit('verify', '--key', key, '--head', head, '--head', newer);
    assert.equal(whole.code, 0, whole.stdout + whole.stderr);
});
test('what cannot be decided is said to be so', async () => {
    for (const text of ['', 'not an export\n']) assert.equal((await verify(text)).code, 2);
    assert.equal((await gate.cli(['audit', 'verify', '--export', path.join(scratch, 'nothing')])).code, 2);
});

test("other people's formats: OCSF and CEF", async () => {
    const ocsf = (await output('export', '--format', 'ocsf'))
        .split('\n')
        .filter(Boolean)
        .map((l) => JSON.parse(l));
    assert.ok(ocsf.length > 10 && ocsf.every((e) => e.class_uid && e.metadata?.version && e.time));
    const cef = (await output('export', '--format', 'cef')).split('\n').filter(Boolean);
    assert.ok(cef.length > 10 && cef.every((l) => /^CEF:0\|/.test(l)));
});
test('tail shows the last ones', async () => {
    const got = await place.chat('json');
    assert.equal(got.status, 200, got.text);
    const record = await gate.record('its close', (r) => r.request_id === got.headers['x-request-id'] && r.kind === 'close');
    const rows = async (n) =>
        (await output('tail', '-n', String(n), '-o', 'json'))
            .split('\n')
            .filter(Boolean)
            .map((l) => JSON.parse(l).n);
    const last = await rows(100);
    assert.ok(last.includes(record.n), `${record.n} is not in ${last}`);
    assert.deepEqual(last, [...last].sort((a, b) => a - b), 'the newest comes last');
    assert.equal((await rows(3)).length, 3);
    assert.match(await output('tail'), /^ *\d+ \d{4}-\d\d-\d\dT/m);
});
