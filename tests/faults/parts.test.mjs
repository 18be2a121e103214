// SPDX-License-Identifier: Apache-2.0
// kill -9 of every part under load, alone and all at once: what needs the part says 503, the rest goes on, and it serves again without a
// human. In the end no answered call lacks its records and the chain verifies. GATEHOUSE_ROUNDS: rounds of all at once (2; 100 for `make check`).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { ROLE, eventually, makeCaller, makePlace, ownInstallation, sleep } from '../e2e/harness.mjs';
import { sseData } from '../e2e/http.mjs';
import { startUpstream } from '../e2e/mock.mjs';

const ROUNDS = Number(process.env.GATEHOUSE_ROUNDS ?? 2);
const ROUNDS_ALONE = 3;
const gate = await ownInstallation();
const upstream = await startUpstream();
after(() => upstream.close());
const place = await makePlace(gate, { upstream, models: ['json', 'stream', 'stream-silent'] });

const isJson = (text) => {
    try {
        return typeof JSON.parse(text) === 'object';
    } catch {
        return false;
    }
};

/** Calls without pause until stopped; keeps every answer's request id and status. */
function load(workers = 4) {
    const answers = [];
    let broken = 0,
        isOn = true;
    const one = async (i) => {
        for (let n = 0; isOn; n++) {
            try {
                const isStream = (n + i) % 3 === 0;
                const got = await place.chat(isStream ? 'stream' : 'json', {
                    version: (i % 2) + 1,
                    body: { stream: isStream },
                    timeoutMs: 8000,
                });
                answers.push({
                    id: got.headers['x-request-id'],
                    status: got.status,
                    isWhole: isStream ? sseData(got.text).at(-1) === '[DONE]' : isJson(got.text),
                });
            } catch {
                broken++; // the connection went with its worker: no answer, so nothing to record but the start
                await sleep(20);
            }
        }
    };
    const all = Promise.all(Array.from({ length: workers }, (_, i) => one(i)));
    return { answers, stop: async () => ((isOn = false), await all, { answers, broken }) };
}

const PARTS = {
    // part -> how it is found among the processes
    worker: (p) => /nginx: worker/.test(p.cmdline),
    master: (p) => /nginx: master/.test(p.cmdline),
    control: (p) => p.name === 'gatehoused',
    vault: (p) => p.name === 'gatehouse-vault',
    echo: (p) => p.name === 'gatehouse-echo',
};
const find = (part) => gate.processes().find(PARTS[part]);
const serves = async () => (await place.chat('json', { timeoutMs: 3000 })).status === 200;
const answered = [];

for (const part of Object.keys(PARTS))
    test(`kill -9 of ${part} under load, ${ROUNDS_ALONE} rounds`, async () => {
        const running = load();
        for (let round = 0; round < ROUNDS_ALONE; round++) {
            const victim = await eventually(`a ${part} that lives`, () => find(part), { withinMs: 15_000 });
            await sleep(60);
            process.kill(victim.pid, 'SIGKILL');
            await eventually(
                `another ${part}`,
                () => {
                    const p = find(part);
                    return p && p.pid !== victim.pid;
                },
                { withinMs: 20_000 },
            );
            await eventually('it serves', serves, { withinMs: 15_000 });
        }
        const { answers } = await running.stop();
        answered.push(...answers);
        const good = answers.filter((a) => a.status === 200).length;
        assert.ok(good > 0, 'some calls were answered');
        if (['control', 'vault', 'echo'].includes(part))
            assert.equal(
                good,
                answers.length,
                `the edge goes on without ${part}: ${JSON.stringify(answers.filter((a) => a.status !== 200).slice(0, 3))}`,
            );
    });

test(`kill -9 of every part at once under load, ${ROUNDS} rounds`, async () => {
    const running = load();
    for (let round = 0; round < ROUNDS; round++) {
        const victims = await eventually(
            'all parts',
            () => {
                const all = Object.keys(PARTS).map(find);
                return all.every(Boolean) && all;
            },
            { withinMs: 20_000 },
        );
        await sleep(40 + 7 * (round % 10));
        for (const { pid } of victims) process.kill(pid, 'SIGKILL');
        await eventually('other parts', () => Object.keys(PARTS).every((part, i) => find(part) && find(part).pid !== victims[i].pid), {
            withinMs: 30_000,
        });
        await eventually('it serves', serves, { withinMs: 20_000 });
    }
    answered.push(...(await running.stop()).answers);
});

test('management works again, secrets and tokens too', async () => {
    await eventually('management', async () => (await gate.api('GET', '/status')).status === 200, { withinMs: 15_000 });
    await eventually('vault', async () => (await gate.token(place.caller.name)).length > 100, { withinMs: 15_000 });
    await gate.put(`${place.at}/secrets/after`, { value: 'a-value-after-the-kills', hosts: ['h.example:443'] });
});

test('while control is stopped: a role that was activated ends to the second, for calls and for a silent stream', async () => {
    const { name, token } = await makeCaller(gate);
    await gate.put('/rolePolicies/short', { roleDefinitionId: ROLE.openaiUser, scope: place.at, evidence: ['Justification'] });
    await gate.put(`/roleEligibilities/${randomUUID()}`, {
        roleDefinitionId: ROLE.openaiUser,
        principalId: `/identities/${name}`,
        scope: place.at,
        endDateTime: new Date(Date.now() + 864e5).toISOString(),
    });
    const end = Math.ceil(Date.now() / 1000) * 1000 + 4000;
    const path = `/arm${place.at}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/${randomUUID()}?api-version=2020-10-01`;
    const expiration = { type: 'AfterDateTime', endDateTime: new Date(end).toISOString() };
    const ask = () =>
        gate.request({
            method: 'PUT',
            path,
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify({
                properties: { requestType: 'SelfActivate', roleDefinitionId: ROLE.openaiUser, justification: 'fault', scheduleInfo: { expiration } },
            }),
        });
    await eventually('activated', async () => (await ask()).status === 201);
    const call = (model, stream) => place.chat(model, { token, body: { stream }, timeoutMs: 15_000 });
    await eventually('the role is active', async () => (await call('json')).status === 200);
    const stream = call('stream-silent', true).then((got) => ({ got, at: Date.now() }));
    const control = find('control');
    process.kill(control.pid, 'SIGSTOP');
    try {
        await sleep(end - Date.now() - 200);
        assert.equal((await call('json')).status, 200);
        await sleep(end - Date.now() + 20);
        assert.equal((await call('json')).status, 403);
        const { got, at } = await stream;
        assert.ok(at - end < 1200, `${at - end} ms after its end`);
        assert.match(got.text, /permission|not allowed/i);
    } finally {
        process.kill(control.pid, 'SIGKILL');
    }
    await eventually('management is back', async () => (await gate.api('GET', '/status')).status === 200, { withinMs: 20_000 });
});

test('while control is stopped: management is 503, calls go on; then it catches up', async () => {
    const control = find('control');
    process.kill(control.pid, 'SIGSTOP');
    try {
        const answers = await Promise.all(Array.from({ length: 10 }, () => place.chat('json')));
        assert.ok(answers.every((a) => a.status === 200));
    } finally {
        process.kill(control.pid, 'SIGKILL');
    }
    const statuses = new Set();
    await eventually(
        'management is back',
        async () => {
            const { status } = await gate.api('GET', '/status');
            statuses.add(status);
            return status === 200;
        },
        { withinMs: 20_000 },
    );
    assert.ok(
        [...statuses].every((s) => [200, 503].includes(s)),
        [...statuses].join(),
    );
});

test('while vault is down: secrets and tokens are 503, calls go on', async () => {
    const vault = find('vault');
    process.kill(vault.pid, 'SIGSTOP');
    try {
        assert.ok(await serves());
        const token = await gate.local(['token', '--as', place.caller.name], { timeoutMs: 20_000 });
        assert.notEqual(token.code, 0);
        const secret = await gate.api('PUT', `${place.at}/secrets/during`, { value: 'a-value-during', hosts: ['h.example:443'] });
        assert.equal(secret.status, 503, secret.text);
        assert.equal((await gate.api('GET', place.at)).status, 200, 'the rest of management goes on');
    } finally {
        process.kill(vault.pid, 'SIGKILL');
    }
    await eventually('vault is back', async () => (await gate.local(['token', '--as', place.caller.name])).code === 0, {
        withinMs: 20_000,
    });
});

test('the supervisor itself: its children die with it, and its keeper starts all anew where it was', async () => {
    const before = gate.processes().map((p) => p.pid);
    process.kill(before[0], 'SIGKILL');
    await eventually('it serves, by other processes', async () => gate.processes().length >= before.length && (await serves()), {
        withinMs: 25_000,
    });
    const isLeft = (pid) => gate.processes().some((p) => p.pid === pid);
    assert.deepEqual(before.filter(isLeft), []);
});

test('nothing answered lacks its record, and the chain verifies', async () => {
    assert.ok(answered.length > 50, `${answered.length} answers`);
    let lacking, dangling;
    await eventually(
        'all records in the chain',
        async () => {
            const kinds = new Map();
            for (const r of await gate.records()) kinds.set(r.request_id, (kinds.get(r.request_id) ?? new Set()).add(r.kind));
            lacking = answered
                .map((a) => ({ ...a, records: [...(kinds.get(a.id) ?? [])] }))
                .filter(
                    ({ status, isWhole, records: has }) =>
                        has.length === 0 || (status === 200 && isWhole && !(has.includes('open') && has.includes('close'))),
                );
            dangling = [...kinds].filter(([, has]) => has.has('open') && !has.has('close') && !has.has('worker_lost')).map(([id]) => id);
            return lacking.length === 0 && dangling.length === 0;
        },
        { withinMs: 15_000, everyMs: 300 },
    ).catch(() => {});
    assert.deepEqual(lacking.slice(0, 5), [], `${lacking.length} of ${answered.length} answers`);
    assert.deepEqual(dangling.slice(0, 5), [], 'each open record has a close or a worker_lost');
    const got = await gate.local(['audit', 'verify']);
    assert.equal(got.code, 0, got.stdout + got.stderr);
});
