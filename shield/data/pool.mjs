// SPDX-License-Identifier: Apache-2.0
// The pool of public texts, as far as it may be built upon: licences that let a trained model ship without terms of their own.
import fs from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

/** Licence fields that may train what ships. Anything else (non-commercial, copyleft, not confirmed) serves for validation alone. */
export const CLEAN_LICENCES = new Set(['MIT', 'Apache-2.0', 'CC0-1.0', 'Apache-2.0 (upstream MIT)', 'curl licence (MIT-like)', 'MIT (OpenAI evals)']);

export function* poolRecords(dir) {
    for (const name of fs.readdirSync(dir).filter((f) => f.endsWith('.jsonl.gz')).sort())
        for (const line of gunzipSync(fs.readFileSync(path.join(dir, name))).toString('utf8').split('\n'))
            if (line)
                yield JSON.parse(line);
}

/** What the composer takes: harmful requests as goals, bare instructions to hide, innocent documents to hide them in. */
export function readPool(dir) {
    const pool = { goals: [], tasks: [], carriers: [], users: [] };
    if (!dir)
        return pool;
    for (const r of poolRecords(dir)) {
        if (!CLEAN_LICENCES.has(r.licence))
            continue;
        if (r.attack === 'harmful_request' && /^(en|)$/.test(r.lang) && r.text.length < 240 && !r.text.includes('\n'))
            pool.goals.push(r.text);
        else if (r.attack === 'task_injection_raw')
            pool.tasks.push(r.text);
        else if (r.label === 0 && r.kind !== 'user' && r.text.length > 120 && r.text.length < 4000 && !/ui$|sys$|system_prompt|protect/.test(r.source))
            pool.carriers.push({ text: r.text, source: r.source, licence: r.licence, kind: r.kind, lang: r.lang });
        else if (r.label === 0 && r.kind === 'user' && r.text.length < 400)
            pool.users.push({ text: r.text, source: r.source, licence: r.licence, lang: r.lang });
    }
    return pool;
}
