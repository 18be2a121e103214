#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the second stage on the windows that shield_train wrote, and writes its weights as core/shield/net.h has them.
usage: net.py WINDOWS NET [EPOCHS]. One thread, one seed: the same windows give the same bytes on one machine."""
import sys
import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(7)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
WORDS, W, HIDDEN, OUT = 64, 64, 32, 6
ROWS = (16384, 4096, 64, 256, 32)
UNIT, TOP = 32.0, 127 / 32.0

row = np.dtype([("record", "<u4"), ("group", "<u4"), ("sum", "<i4"), ("attack", "u1"), ("class", "u1"), ("place", "u1"), ("train", "u1"), ("n", "u1"), ("made", "u1"), ("weight", "u1"), ("pad", "u1"),
                ("word", [("word", "<u2"), ("stem", "<u2"), ("concept", "u1"), ("sign", "u1")], (WORDS,))])
data = np.fromfile(sys.argv[1], dtype=row)
epochs = int(sys.argv[3]) if len(sys.argv) > 3 else 2
limit = int(sys.argv[4]) if len(sys.argv) > 4 else 10**9


class Round(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return torch.clamp(torch.round(x * UNIT), 0, 127) / UNIT

    @staticmethod
    def backward(ctx, g):
        return g


def act(x):
    return Round.apply(torch.clamp(x, 0, TOP))


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.tables = torch.nn.ParameterList([torch.nn.Parameter(torch.randn(n, W) * 0.08) for n in ROWS])
        self.conv = torch.nn.ParameterList([torch.nn.Parameter(torch.randn(W, 3, W) * (2 / (3 * W)) ** 0.5) for _ in range(2)])
        self.conv_bias = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(W)) for _ in range(2)])
        self.hidden = torch.nn.Linear(W, HIDDEN)
        self.last = torch.nn.Linear(HIDDEN, OUT)

    def forward(self, x, n, place, drop=0.0):
        row = lambda k, at: torch.clamp(F.embedding(at, self.tables[k]), -3.9, 3.9)
        e, s = row(0, x[0]), row(1, x[1])
        if drop > 0:
            e = e * (torch.rand(e.shape[:2]) > drop).float()[:, :, None]
            s = s * (torch.rand(e.shape[:2]) > drop / 2).float()[:, :, None]
        e = e + s
        for k in (2, 3):
            e = e + row(k, x[k])
        e = e + row(4, place)[:, None]
        mask = (torch.arange(x[0].shape[1])[None] < n[:, None]).float()[:, :, None]
        h = act(e) * mask
        for k, step in ((0, 1), (1, 2)):
            w = self.conv[k].permute(0, 2, 1)
            h = act(F.conv1d(h.transpose(1, 2), w, self.conv_bias[k], padding=step, dilation=step).transpose(1, 2)) * mask
        top = h.max(1).values
        if drop > 0:
            top = F.dropout(top, 0.15)
        return self.last(act(self.hidden(top)))


def tensors(d):
    w = d["word"][:, :max(8, int(d["n"].max()))]  # no batch is longer than its longest window
    return ([torch.from_numpy(w[k].astype(np.int64)) for k in ("word", "stem", "concept", "sign")], torch.from_numpy(d["n"].astype(np.int64)), torch.from_numpy(d["place"].astype(np.int64)))


def batches(d, rng, size):
    """All of them in random order, those of one length side by side: short windows cost less than long ones."""
    p = rng.permutation(len(d))
    out = []
    for i in range(0, len(p), size * 32):
        part = p[i:i + size * 32]
        part = part[np.argsort(d["n"][part], kind="stable")]
        out += [part[k:k + size] for k in range(0, len(part) - size + 1, size)]
    return [out[k] for k in rng.permutation(len(out))]


def answers(net, d):
    net.eval()
    out = []
    with torch.no_grad():
        for i in range(0, len(d), 512):
            x, n, place = tensors(d[i:i + 512])
            out.append(net(x, n, place)[:, 0].numpy())
    return np.concatenate(out) if out else np.zeros(0)


def best_of(d, z):
    """One answer for each record: the greatest of its windows."""
    record, at = np.unique(d["record"], return_inverse=True)
    top = np.full(len(record), -1e9)
    np.maximum.at(top, at, z)
    first = np.zeros(len(record), dtype=np.int64)
    first[at[::-1]] = np.arange(len(d))[::-1]
    return top, d["attack"][first], d["place"][first] // 8


def area(good, bad):
    order = np.argsort(np.concatenate([good, bad]), kind="stable")
    rank = np.empty(len(order))
    rank[order] = np.arange(len(order))
    return (rank[:len(good)].sum() - len(good) * (len(good) - 1) / 2) / (len(good) * len(bad))


def compass(net, d, name):
    top, attack, kind = best_of(d, answers(net, d))
    for k in range(3):
        good, bad = top[(kind == k) & (attack == 1)], top[(kind == k) & (attack == 0)]
        if len(good) and len(bad):
            at = np.quantile(bad, 0.99)
            print(f"{name} kind {k}: area {area(good, bad):.4f}, caught at 1 %: {100 * (good > at).mean():.1f} % of {len(good)}", flush=True)


# Of an attack the first window (the one with the greatest sum) is taken for the place where it stands; of benign text each one is benign.
order = np.lexsort((-data["sum"].astype(np.int64), data["record"]))
data = data[order]
is_first = np.concatenate([[True], data["record"][1:] != data["record"][:-1]])
# Attacks that the trainer put into documents itself are left out: with them documents of other makers are told worse (shield/TRIED.md).
use = (data["train"] == 1) & (is_first | (data["attack"] == 0)) & (data["n"] > 0) & ~((data["made"] == 1) & (data["attack"] == 1))
train, valid = data[use], data[data["train"] == 0]
rng = np.random.default_rng(7)
# Windows that the first stage is sure are benign teach little: a part of them.
keep = (train["attack"] == 1) | (train["sum"] > np.quantile(train["sum"][train["attack"] == 0], 0.55)) | (rng.random(len(train)) < 0.25)
train = train[keep]
if len(train) > limit:
    train = train[rng.permutation(len(train))[:limit]]
print(f"{len(train)} windows, {int(train['attack'].sum())} of attacks; {len(valid)} for validation", flush=True)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=3e-3)
steps = epochs * (len(train) // 128)
sched = torch.optim.lr_scheduler.OneCycleLR(opt, max_lr=6e-3, total_steps=steps + 1)
for epoch in range(epochs):
    net.train()
    total = 0.0
    for at in batches(train, rng, 128):
        d = train[at]
        x, n, place = tensors(d)
        out = net(x, n, place, 0.15)
        attack = torch.from_numpy(d["attack"].astype(np.float32))
        z = out[:, 0]
        weight = torch.where(attack > 0, 1.0, 1.5) * torch.from_numpy(d["weight"].astype(np.float32) / 8).clamp(max=3)
        loss = (F.binary_cross_entropy_with_logits(z + (1 - attack) * 1.0, attack * 0.98 + 0.01, reduction="none") * weight).mean()
        if attack.sum() > 0:
            cls = torch.from_numpy(d["class"].astype(np.int64)) - 1
            loss = loss + 0.2 * (F.cross_entropy(out[:, 1:], cls.clamp(0), reduction="none") * attack).sum() / attack.sum()
        loss = loss + 1e-5 * sum((t[:64] ** 2).sum() for t in net.tables[2:3])
        opt.zero_grad()
        loss.backward()
        opt.step()
        sched.step()
        total += float(loss.detach())
    print(f"epoch {epoch + 1}: loss {total / max(1, len(train) // 128):.4f}", flush=True)
compass(net, valid, "validation")


def eight(w):
    """Weights as bytes and the shift of their unit: 2^-shift."""
    shift = 0
    while shift < 12 and np.abs(w).max() * 2.0 ** (shift + 1) < 127:
        shift += 1
    return np.clip(np.round(w * 2.0 ** shift), -127, 127).astype(np.int8), shift


get = lambda p: p.detach().numpy()
layers = [eight(get(net.conv[0]).reshape(W, -1)), eight(get(net.conv[1]).reshape(W, -1)), eight(get(net.hidden.weight)), eight(get(net.last.weight))]
bias = [get(net.conv_bias[0]), get(net.conv_bias[1]), get(net.hidden.bias), get(net.last.bias)]
with open(sys.argv[2], "wb") as f:
    f.write(np.array([s for _, s in layers], dtype="<u4").tobytes())
    for (_, shift), b in zip(layers, bias):
        f.write(np.round(b * UNIT * 2.0 ** shift).astype("<i4").tobytes())
    for t in net.tables:
        f.write(np.clip(np.round(get(t) * UNIT), -127, 127).astype(np.int8).tobytes())
    for w, _ in layers:
        f.write(w.tobytes())
