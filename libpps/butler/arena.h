/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of a result: texts and arrays that are released together. */
#ifndef PPS_BUTLER_ARENA_H
#define PPS_BUTLER_ARENA_H

#include "base/error.h"

typedef struct pps_arena pps_arena;

/* @max: bytes that it may hold in all. */
int pps_arena_new(size_t max, pps_arena **ret_arena, pps_error **err);
void pps_arena_free(pps_arena *arena);
PPS_DEFINE_CLEANUP(pps_arena, pps_arena_free)

/* Zeroed memory, aligned for pointers and 64-bit numbers; NULL when memory is out or the maximum is reached: pps_arena_fail() says which. */
void *pps_arena_alloc(pps_arena *arena, size_t size);
/* A copy of a text; NULL for NULL, and when memory is out. */
const char *pps_arena_text(pps_arena *arena, const char *text);
/* The same text always gives the same copy: for names that repeat. */
const char *pps_arena_name(pps_arena *arena, const char *text);
int pps_arena_fail(const pps_arena *arena, const char *what, pps_error **err);

#endif
