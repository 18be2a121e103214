// SPDX-License-Identifier: Apache-2.0
// How long withdrawn access still works, under load, written to build/bench/withdraw.json: from the moment in which the withdrawal is sent (a
// deleted assignment, a disabled identity, a revoked token) to the first refused request, and to the end of a silent and of a speaking stream;
// and how long a new grant does not work yet. --large: in an installation with a million principals and 100,000 assignments (micro_rights fill).
//     node bench/withdraw.mjs [--quick] [--large]
import https from 'node:https';
import fs from 'node:fs';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { BINARY, Installation, ROLE, makeCaller, makePlace } from '../tests/e2e/harness.mjs';
import { startUpstream } from '../tests/e2e/mock.mjs';
import { measuredOn, publish, quantile, round, run } from './measure.mjs';

const built = path.resolve(path.dirname(BINARY), '..');
const isQuick = process.argv.includes('--quick'),
    isLarge = process.argv.includes('--large');
const PLAN = isQuick ? { rounds: 4, callers: 2, streams: 50 } : { rounds: 34, callers: 4, streams: 200 };
const upstream = await startUpstream();
let gate = await Installation.start();
if (isLarge) {
    await gate.stop();
    await run(path.join(built, 'bench/micro_rights'), ['fill', path.join(gate.data, 'control/gatehouse.db')], { timeoutMs: 300_000 });
    gate = await Installation.start({ dir: gate.dir });
}
const times = { grant: [], request: [], silent_stream: [], speaking_stream: [] };
let calls = 0,
    isOn = true;

try {
    const place = await makePlace(gate, { upstream, models: ['json', 'stream-silent', 'stream-endless', 'stream-paced'] });
    const agent = new https.Agent({ keepAlive: true, ca: gate.ca, maxSockets: 1024 });

    /** One call; a stream tells when it began and when it ended. */
    const ask = (model, token, { stream = false, onBegin = () => {} } = {}) =>
        new Promise((done) => {
            const over = (status) => done({ status, at: performance.now() });
            const req = https.request(
                { host: gate.origin.host, port: gate.origin.port, servername: gate.origin.servername, agent, method: 'POST', path: place.openaiPath,
                    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } },
                (res) => {
                    res.on('data', onBegin);
                    res.on('end', () => over(res.statusCode));
                    res.on('error', () => over(0));
                },
            );
            req.on('error', () => over(0));
            req.end(JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'x' }] }));
        });
    const begun = (model, token) => {
        let begin;
        const hasBegun = new Promise((ok) => (begin = ok));
        return { ended: ask(model, token, { stream: true, onBegin: () => begin() }), hasBegun };
    };

    // ---- the load: calls without pause, and streams that stay ----
    const load = Array.from({ length: PLAN.callers }, async () => {
        while (isOn) {
            await ask('json', place.caller.token);
            calls++;
        }
    });
    const staying = Array.from({ length: PLAN.streams }, () => begun('stream-silent', place.caller.token));
    for (const s of staying) await s.hasBegun;

    // ---- what is withdrawn, in turn ----
    const withdraw = [
        ({ assignment }) => gate.delete(assignment),
        ({ name }) => gate.put(`/identities/${name}`, { kind: 'servicePrincipal', enabled: false }),
        ({ token }) => {
            const { iss, jti, exp } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
            return gate.put(`/revocations/${randomUUID()}`, { issuer: iss, tokenId: jti, until: new Date(exp * 1000).toISOString() });
        },
    ];
    const from0 = performance.now();
    for (let i = 0; i < PLAN.rounds * withdraw.length; i++) {
        const caller = await makeCaller(gate);
        caller.assignment = `/roleAssignments/${randomUUID()}`;
        const granted = performance.now();
        const given = gate.put(caller.assignment, { roleDefinitionId: ROLE.openaiUser, principalId: `/identities/${caller.name}`, scope: place.at });
        let first;
        do first = await ask('json', caller.token);
        while (first.status !== 200 && performance.now() - granted < 20_000);
        if (first.status !== 200) throw new Error(`a grant does not work after 20 s: ${first.status}`);
        times.grant.push(first.at - granted);
        await given;
        const [silent, speaking] = [begun('stream-silent', caller.token), begun('stream-endless', caller.token)];
        await silent.hasBegun;
        await speaking.hasBegun;
        const from = performance.now();
        const changed = withdraw[i % withdraw.length](caller);
        let last;
        do last = await ask('json', caller.token);
        while (last.status === 200);
        times.request.push(last.at - from);
        times.silent_stream.push((await silent.ended).at - from);
        times.speaking_stream.push((await speaking.ended).at - from);
        await changed;
    }
    const seconds = (performance.now() - from0) / 1000;
    isOn = false;
    await Promise.all(load);
    const figures = Object.fromEntries(
        Object.entries(times).flatMap(([what, all]) => [
            [`${what}_p50_ms`, round(quantile(all, 0.5), 1)],
            [`${what}_p99_ms`, round(quantile(all, 0.99), 1)],
            [`${what}_max_ms`, round(Math.max(...all), 1)],
        ]),
    );
    publish(built, 'withdraw', {
        quick: isQuick,
        ...(await measuredOn()),
        withdrawals: times.request.length,
        running_streams: PLAN.streams,
        load_calls_per_s: round(calls / seconds, 0),
        ...figures,
        limit_ms: 1000,
        good: Object.values(times).every((all) => quantile(all, 0.99) < 1000),
        is_large: isLarge,
        rounds: Object.fromEntries(Object.entries(times).map(([what, all]) => [what, all.map((v) => round(v, 1))])),
    });
    agent.destroy();
} finally {
    isOn = false;
    await gate.stop();
    gate.erase();
    upstream.close();
}
process.exit(0);
