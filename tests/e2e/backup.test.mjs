// SPDX-License-Identifier: Apache-2.0
// Backup and restore: a copy taken under load is whole, a damaged one is refused, a restored one serves nobody until its owner says the
// word, and no audit key ever signs two heads for one number. The same for an old store that somebody copied back.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { Installation, canary, eventually, freshName, ownInstallation, runProgram, settles, sleep, BINARY } from './harness.mjs';

let copy;
after(() => copy?.stop()); // before gate's own hook, which erases the folder that both are in
const gate = await ownInstallation();
const at = (name) => path.join(gate.dir, name);
const file = at('gate.backup');
const good = async (promise) => {
    const got = await promise;
    assert.equal(got.code, 0, `${got.stdout}${got.stderr}`);
    return got;
};
const cli = (args, options) => runProgram(BINARY, args, { timeoutMs: 60_000, ...options });
const chat = (place, token = place.clientToken) =>
    place.request({
        method: 'POST',
        path: '/workspaces/demo/endpoints/chat/openai/v1/chat/completions',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: '{"model":"echo","messages":[{"role":"user","content":"x"}]}',
    });
const key = async () => {
    const soon = new Date(Date.now() + 86_400_000).toISOString();
    const made = await gate.must('POST', '/workspaces/demo/apiKeys', {
        owner: 'demo-client',
        scope: '/workspaces/demo/endpoints/chat',
        expires: soon,
    });
    return { id: made.json.id, value: canary(made.json.key) };
};

let revoked, oldHead;
test('a backup under load holds its own record and all that was answered before it', async () => {
    revoked = await key();
    oldHead = at('old-head.json');
    fs.writeFileSync(oldHead, (await good(gate.local(['audit', 'head']))).stdout);
    fs.writeFileSync(at('old-key.pem'), (await good(gate.local(['audit', 'key']))).stdout);
    let isOn = true;
    let n = 0;
    const load = [0, 1, 2].map(async () => {
        while (isOn) (assert.equal((await chat(gate)).status, 200), n++);
    });
    const writes = (async () => {
        while (isOn) await gate.put(`/groups/${freshName('load')}`, { members: [] });
    })();
    await sleep(300);
    await gate.put('/groups/before-the-backup', { members: ['/identities/demo-client'] });
    await good(gate.local(['backup', '--out', file, '--with-keys']));
    await sleep(100);
    isOn = false;
    await Promise.all([...load, writes]);
    assert.ok(n > 10, `${n} calls`);
    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
    await gate.record('the backup', (r) => r.kind === 'system' && r.operation === 'backup');
    assert.deepEqual(
        fs.readdirSync(path.join(gate.data, 'control')).filter((f) => f.includes('backup')),
        [],
    );
});
test('an existing file is left as it is; without --with-keys there is no key in it', async () => {
    const before = fs.readFileSync(file);
    assert.equal((await gate.local(['backup', '--out', file])).code, 2);
    assert.ok(before.equals(fs.readFileSync(file)));
    await good(gate.local(['backup', '--out', at('keyless.backup')]));
    const master = fs.readFileSync(path.join(gate.data, 'vault/master.key'));
    assert.ok(before.includes(master));
    assert.ok(!fs.readFileSync(at('keyless.backup')).includes(master));
});
test('damage anywhere is refused before anything has a name', async () => {
    const whole = fs.readFileSync(file);
    const flip = (i) => Buffer.from(whole).fill(whole[i] ^ 1, i, i + 1);
    const cases = [0, 12, 60, 4000, whole.length >> 1, whole.length - 40, whole.length - 1].map(flip);
    cases.push(
        whole.subarray(0, whole.length - 1),
        whole.subarray(0, whole.length >> 1),
        whole.subarray(0, 20),
        Buffer.concat([whole, Buffer.from('x')]),
    );
    /* One whose digests all fit but whose chain does not. */
    const text = Buffer.from(whole);
    const n = text.readUInt32LE(10);
    const manifest = JSON.parse(text.subarray(14, 14 + n));
    let offset = 14 + n;
    for (const m of manifest.members) {
        m.at = offset;
        offset += m.bytes;
    }
    const store = manifest.members.find((m) => m.name === 'control/gatehouse.db');
    const where = text.subarray(store.at, store.at + store.bytes).indexOf('before-the-backup');
    text[store.at + text.subarray(store.at, store.at + store.bytes).indexOf('owner of the data directory')] ^= 1;
    assert.ok(where > 0);
    const hash = (b) => createHash('sha256').update(b).digest();
    store.sha256 = hash(text.subarray(store.at, store.at + store.bytes)).toString('hex');
    const again = Buffer.from(JSON.stringify({ ...manifest, members: manifest.members.map(({ at: _, ...m }) => m) }));
    assert.equal(again.length, n);
    again.copy(text, 14);
    hash(text.subarray(0, text.length - 32)).copy(text, text.length - 32);
    cases.push(text);
    for (const [i, bytes] of cases.entries()) {
        fs.writeFileSync(at('bad.backup'), bytes);
        const got = await cli(['restore', at('bad.backup'), '--data', at('bad')]);
        assert.notEqual(got.code, 0, `case ${i}`);
        assert.match(got.stderr, /backup|damaged|chain|bad\.backup/, `case ${i}: ${got.stderr}`);
        assert.deepEqual(
            fs.readdirSync(gate.dir).filter((f) => f.startsWith('bad') && f !== 'bad.backup'),
            [],
            `case ${i}`,
        );
    }
});
test('restore refuses what is not empty, and what runs', async () => {
    const got = await cli(['restore', file, '--data', gate.data]);
    assert.equal(got.code, 2);
    assert.match(got.stderr, /not empty/);
    const runs = await cli(['restore', file, '--data', gate.data, '--replace']);
    assert.equal(runs.code, 2);
    assert.match(runs.stderr, /runs/);
    assert.equal((await chat(gate)).status, 200);
});

/** What may be of a copy before the word: nothing. */
async function isHeld(place) {
    const local = await place.local(['list', '/workspaces']);
    assert.equal(local.code, 1);
    assert.match(local.stderr, /restored copy.*--accept-restore/);
    assert.notEqual((await place.local(['token', '--as', 'demo-admin'])).code, 0);
    assert.notEqual((await place.local(['recover'])).code, 0, 'not by the usual way either');
    await settles('the edge refuses', async () => (await chat(place, gate.clientToken)).status === 503);
    assert.equal((await place.api('GET', '/workspaces', undefined, { token: gate.adminToken })).status, 503);
    assert.notEqual((await place.local(['recover', '--accept-restore'])).code, 0, 'not without a reason');
    assert.equal((await place.local(['list', '/workspaces'])).code, 1);
}
const accept = async (place, reason) => {
    const token = canary(
        (await good(place.local(['recover', '--accept-restore', '--reason', reason], { timeoutMs: 60_000 }))).stdout.trim(),
    );
    place.ca = place.origin.ca = fs.readFileSync(place.ready.ca, 'utf8');
    await settles('management serves', async () => (await place.api('GET', '/status', undefined, { token })).status === 200, {
        withinMs: 8000,
    });
    place.adminToken = token;
};

test('a restored copy serves nobody until its owner says why, and then all', async () => {
    await gate.delete(revoked.id); // after the backup
    fs.mkdirSync(at('copy'));
    const shown = await good(cli(['restore', file, '--data', at('copy/data')]));
    assert.match(shown.stderr, /chain is intact/);
    copy = await Installation.start({ dir: at('copy') });
    await isHeld(copy);
    await accept(copy, 'the disk of the first one died');
    copy = new Installation(at('copy'));
    await eventually('the ready file is that of the accepted copy', () => (copy = new Installation(at('copy'))).clientToken, {
        withinMs: 8000,
    });
    copy.origin.ca = fs.readFileSync(copy.ready.ca, 'utf8');
    await settles('calls are answered', async () => (await chat(copy)).status === 200, { withinMs: 8000 });
    assert.equal((await copy.api('GET', '/groups/before-the-backup')).status, 200, 'what was written before the backup');
    const word = await copy.record('the word', (r) => r.operation === 'restored copy accepted');
    assert.equal(word.reason, 'the disk of the first one died');
    assert.equal(word.kind, 'system');
});
test('the chain goes on, under a key of its own', async () => {
    const word = await copy.record('the word', (r) => r.operation === 'restored copy accepted');
    await eventually('a new head', async () => (await copy.must('GET', '/audit/head')).json.head.n > word.n, { withinMs: 8000 });
    const exported = at('copy.jsonl');
    fs.writeFileSync(at('new-key.pem'), (await good(copy.local(['audit', 'key']))).stdout);
    fs.writeFileSync(at('new-head.json'), (await good(copy.local(['audit', 'head']))).stdout); // before the export: the chain grows on
    fs.writeFileSync(exported, (await good(copy.local(['audit', 'export']))).stdout);
    assert.notEqual(fs.readFileSync(at('new-key.pem'), 'utf8'), fs.readFileSync(at('old-key.pem'), 'utf8'));
    for (const source of [
        ['--data', copy.data],
        ['--export', exported],
    ]) {
        const verify = (...more) => cli(['audit', 'verify', ...source, ...more]);
        assert.match((await good(verify())).stdout, /intact[\s\S]*restored copy was accepted at entry \d+/);
        assert.match((await good(verify('--key', at('old-key.pem'), '--head', oldHead))).stdout, /yours covers what is in front of entry/);
        await good(verify('--key', at('new-key.pem'), '--head', at('new-head.json')));
    }
    const lines = fs
        .readFileSync(exported, 'utf8')
        .trim()
        .split('\n')
        .map((l) => JSON.parse(l));
    const from = lines.filter((l) => l.type === 'key').at(-1).from;
    /* A key that is said to begin elsewhere, or another key, is found. */
    const forged = (change) => lines.map((l) => JSON.stringify(change(l))).join('\n') + '\n';
    const cases = {
        'begins elsewhere': (l) => (l.type === 'key' && l.from === from ? { ...l, from: from + 1 } : l),
        'behind the end': (l) => (l.type === 'key' && l.from === from ? { ...l, from: 1e9 } : l),
        'another key': (l) => (l.type === 'key' && l.from === from ? { ...l, key: lines.find((k) => k.type === 'key').key } : l),
    };
    for (const [what, change] of Object.entries(cases)) {
        fs.writeFileSync(at('forged.jsonl'), forged(change));
        assert.equal((await cli(['audit', 'verify', '--export', at('forged.jsonl')])).code, 1, what);
    }
    /* No key signed two heads for one number: what the original signed behind the backup, the copy signed with another. */
    const original = (await good(gate.local(['audit', 'export']))).stdout;
    const heads = (text) =>
        text
            .trim()
            .split('\n')
            .map((l) => JSON.parse(l))
            .filter((l) => l.type === 'head')
            .map((l) => l.head);
    const shared = heads(original)
        .filter((h) => h.n < from)
        .map((h) => `${h.n} ${h.hash}`);
    for (const h of lines
        .filter((l) => l.type === 'head')
        .map((l) => l.head)
        .filter((h) => h.n < from))
        assert.ok(shared.includes(`${h.n} ${h.hash}`), `head ${h.n} is the original's`);
});
test('an accepted copy starts as any other; accepting twice is refused', async () => {
    await copy.stop();
    copy = await Installation.start({ dir: at('copy') });
    await settles('it serves', async () => (await chat(copy)).status === 200, { withinMs: 8000 });
    const again = await copy.local(['recover', '--accept-restore', '--reason', 'x']);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /no restored copy/);
});

test('an old store that is copied back is noticed, and accepted only by the word', async () => {
    await gate.stop();
    const member = fs.readFileSync(file);
    const manifest = JSON.parse(member.subarray(14, 14 + member.readUInt32LE(10)));
    let offset = 14 + member.readUInt32LE(10);
    for (const m of manifest.members) {
        if (m.name === 'control/gatehouse.db') break;
        offset += m.bytes;
    }
    const size = manifest.members.find((m) => m.name === 'control/gatehouse.db').bytes;
    const db = path.join(gate.data, 'control/gatehouse.db');
    for (const beside of ['-wal', '-shm']) fs.rmSync(db + beside, { force: true });
    fs.writeFileSync(db, member.subarray(offset, offset + size)); // keeps its owner
    const old = await Installation.start({ dir: gate.dir });
    Object.assign(gate, { ready: old.ready, ca: old.ca, origin: old.origin, url: old.url });
    await isHeld(gate);
    await accept(gate, 'rolled back on purpose');
    const fresh = await eventually('tokens again', () => new Installation(gate.dir).clientToken && new Installation(gate.dir));
    fresh.origin.ca = fs.readFileSync(fresh.ready.ca, 'utf8');
    await settles('calls are answered', async () => (await chat(fresh)).status === 200, { withinMs: 8000 });
    await good(cli(['audit', 'verify', '--data', gate.data]));
});
test('--replace shows what comes back, and keeps what stood there', async () => {
    const { clientToken } = new Installation(gate.dir);
    assert.ok(clientToken);
    await good(gate.local(['delete', '/groups/before-the-backup']));
    await good(gate.local(['down']));
    const got = await good(cli(['restore', file, '--data', gate.data, '--replace']));
    assert.match(got.stdout, /comes back: +\/groups\/before-the-backup/);
    assert.equal(fs.readdirSync(gate.dir).filter((f) => f.startsWith('data.replaced-')).length, 1);
    assert.ok(fs.existsSync(path.join(gate.data, 'vault/restored')));
});
