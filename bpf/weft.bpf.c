/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * weft.bpf.c: the programs, by subject, as one object, so that they share one
 * ring and one account. tp_btf and an iterator only: CAP_BPF and CAP_PERFMON
 * suffice, and no function of the kernel is patched.
 *
 * Known gap: on kernels before 5.18 the state of a thread that leaves its CPU
 * is read late (WEFT_FLAG_LATE_STATE).
 */
#include "sched.bpf.h"
#include "process.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";
