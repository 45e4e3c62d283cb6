/* SPDX-License-Identifier: BSD-3-Clause */
/** pps/pps.h - all of libpps; each handle has a header of its own, which is its manual */
#ifndef PPS_PPS_H
#define PPS_PPS_H

#include <pps/butler.h>
#include <pps/conf.h>
#include <pps/ctx.h>
#include <pps/dimensions.h>
#include <pps/error.h>
#include <pps/publish.h>
#include <pps/raw.h>
#include <pps/rucio.h>
#include <pps/state.h>
#include <pps/store.h>
#include <pps/stream.h>
#include <pps/table.h>
#include <pps/version.h>
#include <pps/zip.h>

#endif
