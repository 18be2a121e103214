// SPDX-License-Identifier: Apache-2.0
// Each record names the generation that decided: a right is given and taken away twenty times a second while calls run in two workers, and
// what each record says was done is what the policy of the generation in it says.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, test } from 'node:test';
import { startUpstream } from '../e2e/mock.mjs';
import { backendRow, isSanitized, startGate } from './gate.mjs';

const CALLERS = 6, CHANGES = isSanitized ? 30 : 80, EVERY_MS = 50;
const upstream = await startUpstream();
const backend = backendRow('demo', 'mock', upstream);
const what = { models: ['json'], backend };
const gate = await startGate({ ...what, workers: 2 });
after(async () => {
    await gate.stop();
    await upstream.close();
});

/** Whether the caller may chat, by generation. */
const policy = new Map([[gate.generation, true]]);
function change(i) {
    if (i % 10 === 9) gate.write('base', gate.rows(what)); // now and then a whole base, which gives
    else gate.write('overlay', i % 2 === 0 ? [{ section: 'assignment', key: ['/identities/client'] }] : []);
    policy.set(gate.generation, i % 10 === 9 || i % 2 === 1);
    gate.publish();
}

test('what a record says was decided is what the policy of its generation decides', async () => {
    const answers = [];
    let isOn = true;
    const callers = Array.from({ length: CALLERS }, async () => {
        while (isOn) answers.push(await gate.chat('json'));
    });
    for (let i = 0; i < CHANGES; i++) {
        change(i);
        await sleep(EVERY_MS);
    }
    isOn = false;
    await Promise.all(callers);

    const records = gate.records(), calls = new Map();
    for (const r of records.filter((r) => r.request_id)) calls.set(r.request_id, { ...calls.get(r.request_id), [r.kind]: r });
    const seen = { true: new Set(), false: new Set() };
    const decided = (record, want) => {
        assert.ok(policy.has(record.generation), `generation ${record.generation} was never published`);
        assert.equal(policy.get(record.generation), want, `${record.kind} in generation ${record.generation}`);
        seen[want].add(record.generation);
    };
    for (const answer of answers) {
        const { open, refused, close } = calls.get(answer.headers['x-request-id']) ?? {};
        assert.ok([200, 403].includes(answer.status), `${answer.status}`);
        assert.ok(open ? !refused && close : refused, `a call without its records: ${answer.status}`);
        if (refused) {
            assert.equal(answer.status, 403);
            decided(refused, false);
            continue;
        }
        decided(open, true);
        if (answer.status === 403) {
            // It was let in, and access was withdrawn before the first byte went back: that was a later generation's doing.
            assert.equal(close.reason, 'access was withdrawn');
            assert.ok(close.generation > open.generation, `withdrawn in ${close.generation}, let in in ${open.generation}`);
            decided(close, false);
        }
    }
    const least = CHANGES / 8; // of each kind: a slow machine skips some
    assert.ok(seen.true.size >= least && seen.false.size >= least, `generations that decided: ${seen.true.size} gave, ${seen.false.size} refused`);
});
