// SPDX-License-Identifier: Apache-2.0
// Files of DIR/snapshot as a test may forge them: `current` (core/policy/snapshot_current.c) and copies of snapshots under other numbers.
import fs from 'node:fs';
import path from 'node:path';

const CRC_AT = 124;
const FIELDS = { base: 24, overlay: 32, credentials: 40, now: 48 };

export function crc32c(bytes) {
    let crc = ~0;
    for (const b of bytes) {
        crc ^= b;
        for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
    }
    return ~crc >>> 0;
}

const hex = (generation) => generation.toString(16).padStart(16, '0');

export class SnapshotFolder {
    constructor(data) {
        this.dir = path.join(data, 'snapshot');
        this.pointer = path.join(this.dir, 'current');
    }

    /** Generations in force, and control's clock in ms, as BigInt. */
    get current() {
        const bytes = fs.readFileSync(this.pointer);
        return Object.fromEntries(Object.entries(FIELDS).map(([name, at]) => [name, bytes.readBigUInt64LE(at)]));
    }

    /** `current` with some fields changed and its checksum right. */
    forged(change) {
        const bytes = fs.readFileSync(this.pointer);
        for (const [name, value] of Object.entries(change)) bytes.writeBigUInt64LE(BigInt(value), FIELDS[name]);
        bytes.writeUInt32LE(crc32c(bytes.subarray(0, CRC_AT)), CRC_AT);
        return bytes;
    }

    file(kind, generation) {
        return path.join(this.dir, `${kind}-${hex(generation)}.snap`);
    }
    read(kind, generation = this.current[kind]) {
        return fs.readFileSync(this.file(kind, generation));
    }

    /** Writes beside and renames in, under the owner and mode that `current` has. */
    place(file, bytes) {
        const { uid, gid, mode } = fs.statSync(this.pointer);
        const beside = `${file}.forged`;
        fs.writeFileSync(beside, bytes);
        fs.chownSync(beside, uid, gid);
        fs.chmodSync(beside, mode & 0o7777);
        fs.renameSync(beside, file);
    }
    point(change) {
        this.place(this.pointer, this.forged(change));
    }

    /** All that lies there, to be brought back later. */
    copy() {
        return new Map(fs.readdirSync(this.dir).map((n) => [path.join(this.dir, n), fs.readFileSync(path.join(this.dir, n))]));
    }
}
