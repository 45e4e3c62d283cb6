/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PPS_SIM_WORLD_H
#define PPS_SIM_WORLD_H

#include "sim.h"

uint64_t sim_random(struct sim_world *w);
int sim_below(struct sim_world *w, int n);
int sim_chance(struct sim_world *w, int in_thousand);

void sim_make_world(struct sim_world *w, uint64_t seed);
void sim_make_policies(struct sim_world *w);
void sim_change_policies(struct sim_world *w);
struct sim_dataset *sim_add_dataset(struct sim_world *w);
/* It was found where it is, and nobody was told of it before. */
void sim_adopt(struct sim_world *w, struct sim_dataset *d);
void sim_correct_end(struct sim_world *w, struct sim_dataset *d);

#endif
