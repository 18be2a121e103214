// SPDX-License-Identifier: Apache-2.0
// After everything else ran: none of the secrets of the run (prompts, keys, tokens, backend secrets) stands anywhere that the installation
// wrote or shows: its directory, its memory files but the credential file, its processes, its status, its exports. One kind has its place: what
// an operator wrote as an endpoint's systemPrompt is policy, so it stands in the store and in the snapshots, closed to others, and nowhere else.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { allInstructions, canaries, canary, freshName, instructions, makePlace, sharedInstallation, sleep } from './harness.mjs';
import { exchange } from './http.mjs';
import { startUpstream } from './mock.mjs';

const gate = sharedInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const SECRET = canary(`sk-leaks-${freshName('canary')}`);
const place = await makePlace(gate, {
    upstream,
    models: ['json', 'stream', 'hang-up', 'garbage', 'error-500', 'stream-truncated', 'hang'],
    auth: 'bearer',
    secret: SECRET,
    backend: { timeoutMs: 500 },
});

test('canaries through every flow', async () => {
    await gate.put(`${place.at}/endpoints/told`, { publicNetworkAccess: 'Enabled', systemPrompt: instructions() });
    await gate.put(`${place.at}/endpoints/told/deployments/json`, { model: 'json', backend: 'mock' });
    await gate.api('PUT', `${place.at}/endpoints/told`, { systemPrompt: canary(), maxChoices: 0 }); // refused, so it is no policy
    for (const messages of [[{ role: 'user', content: canary() }], [{ role: 'system', content: canary() }]])
        await gate.request({
            method: 'POST',
            path: `${place.at}/endpoints/told/openai/v1/chat/completions`,
            headers: { authorization: `Bearer ${place.caller.token}`, 'content-type': 'application/json' },
            body: JSON.stringify({ model: 'json', messages }),
        });
    for (const model of ['json', 'stream', 'hang-up', 'garbage', 'error-500', 'stream-truncated', 'hang', 'nobody'])
        for (const surface of ['openai', 'azure'])
            for (const version of [1, 2])
                await place
                    .chat(model, {
                        surface,
                        version,
                        body: {
                            stream: model.startsWith('stream'),
                            user: 'end-user-7',
                            messages: [
                                { role: 'system', content: canary() },
                                { role: 'user', content: canary() },
                            ],
                            tools: [{ type: 'function', function: { name: 'f', description: canary(), parameters: {} } }],
                        },
                    })
                    .catch(() => {});
    for (const body of [
        `{"model":"json","messages":[{"role":"user","content":"${canary()}"`,
        `${canary()}`,
        `{"${canary()}":1}`,
        `{"model":"${canary()}","messages":[{"role":"user","content":"x"}]}`,
    ])
        await place.chat('json', { body });
    for (const token of [canary(`x.${canary()}.z`), canary(), canary(`gh_0123456789ab_${'B'.repeat(43)}_00000000`)]) {
        await place.chat('json', { token });
        await place.chat('json', { key: token });
        await gate.api('GET', '/status', undefined, { token });
        await gate.request({ path: `/nowhere/${token}?api-key=${token}` });
        await gate.request({
            method: 'POST',
            path: `${place.openaiPath}?api-key=${token}`,
            headers: { authorization: `Basic ${token}` },
            body: token,
        });
    }
    await exchange(gate.origin, `GET /${canary()} HTTP/9.9\r\n${canary()}\r\n\r\n`, { idleMs: 300 });
    for (const [at, value] of [
        ['secrets/later', { value: canary(), hosts: ['h.example:443'] }],
        ['secrets/bad', { value: canary(), hosts: 'not a list' }],
        ['secrets/worse', `{"value":"${canary()}",`],
    ])
        await gate.api('PUT', `${place.at}/${at}`, value);
    await gate.local(['secret', 'set', `${place.at}/secrets/cli`, '--from-file', '-', '--host', 'h.example:443'], { input: canary() });
    await sleep(1500);
});

/** A secret in the forms in which it may hide. */
const forms = (secret) => {
    const bytes = Buffer.from(secret);
    const base64 = [0, 1, 2].map((skip) => bytes.subarray(skip, skip + 3 * Math.floor((bytes.length - skip) / 3)).toString('base64'));
    return [
        secret,
        ...base64,
        ...base64.map((s) => s.replaceAll('+', '-').replaceAll('/', '_')),
        bytes.toString('hex'),
        encodeURIComponent(secret),
        JSON.stringify(secret).slice(1, -1),
    ].map((s) => Buffer.from(s));
};

/** Thousands of needles over megabytes: by a table of their first two bytes, then of their first eight. */
class Needles {
    constructor(secrets) {
        this.starts = new Uint8Array(65536);
        this.byHead = new Map();
        for (const secret of secrets)
            for (const bytes of forms(secret)) {
                const head = bytes.toString('latin1', 0, 8);
                this.starts[bytes.readUInt16LE(0)] = 1;
                this.byHead.set(head, [...(this.byHead.get(head) ?? []), { secret, bytes }]);
            }
    }
    find(haystack) {
        for (let i = 0; i + 8 <= haystack.length; i++) {
            if (!this.starts[haystack[i] | (haystack[i + 1] << 8)]) continue;
            const near = this.byHead.get(haystack.toString('latin1', i, i + 8)) ?? [];
            const found = near.find(({ bytes }) => haystack.subarray(i, i + bytes.length).equals(bytes));
            if (found) return found.secret;
        }
        return null;
    }
}
const kept = new Map();
const find = (haystack, except = []) => {
    const name = JSON.stringify(except);
    if (!kept.has(name)) kept.set(name, new Needles(canaries().filter((s) => s.length >= 12 && !except.includes(s))));
    return kept.get(name).find(haystack);
};
const short = (secret) => `${secret.slice(0, 24)}...`;
const filesBelow = (dir) =>
    fs.readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
        const at = path.join(dir, e.name);
        return e.isDirectory() ? filesBelow(at) : e.isFile() ? [at] : [];
    });

test('the search finds what is there', () => {
    assert.ok(canaries().length > 50, `${canaries().length} canaries`);
    for (const disguise of [(s) => s, (s) => Buffer.from(`xy${s}`).toString('base64'), (s) => Buffer.from(s).toString('hex')])
        assert.ok(find(Buffer.from(`before ${disguise(canaries()[0])} after`)), String(disguise));
});
/** Where an endpoint's instructions stand: the policy as it was written, and as it was compiled for the edge. */
const POLICY = /^(control\/gatehouse\.db(-wal|-shm)?|snapshot\/(base|overlay)-[0-9a-f]+\.snap)$/;
test('nothing of it in the data directory', () => {
    const files = filesBelow(gate.data);
    assert.ok(files.length > 5);
    for (const at of files) {
        const found = find(fs.readFileSync(at), POLICY.test(path.relative(gate.data, at)) ? allInstructions() : []);
        assert.equal(found && short(found), null, at);
    }
});
test("an endpoint's instructions stand in the policy alone, which others cannot read", () => {
    const holders = filesBelow(gate.data).filter((at) => find(fs.readFileSync(at)));
    assert.ok(holders.some((at) => at.endsWith('.snap')), 'the edge is told them by the snapshot');
    for (const at of holders) {
        const mode = fs.statSync(at).mode & 0o777;
        assert.equal(mode & (at.endsWith('.snap') ? 0o027 : 0o077), 0, `${at} has mode ${mode.toString(8)}`);
        const above = fs.statSync(path.dirname(at)).mode & 0o007;
        assert.equal(above, 0, `${path.dirname(at)} is open to others`);
    }
});
test('nothing of it in what `up` printed', () => {
    const printed = fs.readFileSync(path.join(gate.dir, 'up.log'));
    const found = find(printed, [gate.adminToken, gate.clientToken, gate.apiKey]); // the snippet for people may hold the demo's own
    assert.equal(found && short(found), null);
});
test('in memory files, only in the credential file', () => {
    const id = fs.readFileSync(path.join(gate.data, 'installation'), 'utf8').trim();
    const homes = fs.readdirSync('/dev/shm').filter((n) => n.startsWith('gatehouse-') && id.startsWith(n.slice('gatehouse-'.length)));
    for (const at of homes.flatMap((n) => filesBelow(path.join('/dev/shm', n)))) {
        const found = find(fs.readFileSync(at));
        if (!/\/credentials-[0-9a-f]+\.snap$/.test(at)) assert.equal(found && short(found), null, at);
        assert.equal(fs.statSync(at).mode & 0o007, 0, `${at} is open to others`);
    }
});
test('nothing of it in command lines and environments', () => {
    for (const { pid, name } of gate.processes())
        for (const part of ['cmdline', 'environ']) {
            let text;
            try {
                text = fs.readFileSync(`/proc/${pid}/${part}`);
            } catch {
                continue; // not dumpable: unreadable is what we want
            }
            const found = find(text);
            assert.equal(found && short(found), null, `${part} of ${name}`);
        }
});
test('nothing of it in status, records, exports and lists', async () => {
    const shown = [(await gate.must('GET', '/status')).text, (await gate.local(['status'])).stdout, JSON.stringify(await gate.records())];
    for (const format of ['jsonl', 'ocsf', 'cef']) shown.push((await gate.local(['audit', 'export', '--format', format])).stdout);
    for (const at of [
        '/workspaces',
        '/identities',
        '/groups',
        '/issuers',
        '/roleAssignments',
        `${place.at}/secrets`,
        `${place.at}/backends`,
        `${place.at}/apiKeys`,
    ])
        shown.push((await gate.must('GET', at)).text);
    for (const text of shown) {
        assert.ok(text.length > 0);
        const found = find(Buffer.from(text));
        assert.equal(found && short(found), null);
    }
});
test('records in base64 hide nothing either', async () => {
    const { stdout } = await gate.local(['audit', 'export']);
    for (const line of stdout.split('\n').filter(Boolean)) {
        const decoded = [...line.matchAll(/"([A-Za-z0-9+/=]{60,})"/g)].map((m) => Buffer.from(m[1], 'base64'));
        for (const bytes of decoded) assert.equal(find(bytes), null);
    }
});
test("files that hold keys are the owner's alone", () => {
    for (const at of filesBelow(gate.data).filter((f) => /\.key$|gatehouse\.db|vault\.state|\.spool$/.test(f)))
        assert.equal(fs.statSync(at).mode & 0o007, 0, at);
    assert.equal(fs.statSync(gate.readyFile).mode & 0o077, 0);
});
