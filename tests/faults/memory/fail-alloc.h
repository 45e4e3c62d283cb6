/* SPDX-License-Identifier: BSD-3-Clause */
/* The program's own malloc, which can be told to fail: for everything in the process, other libraries included. */
#ifndef PPS_TESTS_FAIL_ALLOC_H
#define PPS_TESTS_FAIL_ALLOC_H

/* From now on allocations are counted; the @nth (from 1; 0: none) fails, and with @on all that follow too. */
void fail_alloc_arm(long nth, int on);
/* Say on standard error who asked for the memory that was refused. */
void fail_alloc_trace(void);
/* Nothing fails any more. Return: how many allocations there were. */
long fail_alloc_disarm(void);
/* Blocks that are allocated and not freed. */
long fail_alloc_live(void);

#endif
