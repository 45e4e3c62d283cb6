/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * _pps: the functions of the public headers as they are, for the package `pps` alone.
 *
 * Handles are capsules, released when nothing in Python refers to them any more, in whatever order that happens: in C a child holds what it
 * needs. A call keeps its arguments, so that nothing is released under a call that runs. Errors become exceptions of `pps.errors`; outputs are
 * returned. Every call that can fail runs without the GIL. Nothing calls from a thread of the library into Python: log events and progress go
 * into a queue that the package asks.
 */
%module pps

%{
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pps/pps.h>

#define EVENTS_MOST 10000

/* ---- errors ---- */

static PyObject *error_factory; /* pps.errors.from_library */

/* The error and the kind of the call that this thread is in. */
static __thread struct {
	pps_error *error;
	int can_fail;
} call;

static PyObject *text_or_none(const char *text)
{
	if (!text)
		Py_RETURN_NONE;
	return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "surrogateescape");
}

/* One output is the result, several are a list; the None of functions that return nothing else is none of them. */
static PyObject *append(PyObject *result, PyObject *more)
{
	PyObject *list;

	if (!more || !result || result == Py_None) {
		Py_XDECREF(result);
		return more;
	}
	if (!PyList_Check(result)) {
		if (!(list = PyList_New(1))) {
			Py_DECREF(result);
			Py_DECREF(more);
			return NULL;
		}
		(void)PyList_SetItem(list, 0, result);
		result = list;
	}
	if (PyList_Append(result, more) < 0)
		Py_CLEAR(result);
	Py_DECREF(more);
	return result;
}

static PyObject *exception_of(const pps_error *e)
{
	if (!e)
		Py_RETURN_NONE;
	if (!error_factory) {
		PyErr_SetString(PyExc_RuntimeError, "pps.errors was not imported");
		return NULL;
	}
	return PyObject_CallFunction(error_factory, "iNiiNNii", pps_error_code(e), text_or_none(pps_error_message(e)),
				     pps_error_is_retriable(e), pps_error_errno(e), text_or_none(pps_error_sqlstate(e)),
				     text_or_none(pps_error_file(e)), pps_error_line(e), pps_error_column(e));
}

static void raise_error(void)
{
	pps_error *e = call.error;
	PyObject *exception;

	call.error = NULL;
	exception = exception_of(e);
	pps_error_free(e);
	if (exception)
		PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
	Py_XDECREF(exception);
}

/* ---- handles ---- */

/* Only the process that made a handle releases it: what a forked child has is its parent's connections. */
static PyObject *new_handle(void *handle, const char *name, void (*destroy)(PyObject *))
{
	PyObject *capsule;

	if (!handle)
		Py_RETURN_NONE;
	capsule = PyCapsule_New(handle, name, destroy);
	if (capsule)
		(void)PyCapsule_SetContext(capsule, (void *)(intptr_t)getpid());
	return capsule;
}

static int is_ours(PyObject *capsule)
{
	return (pid_t)(intptr_t)PyCapsule_GetContext(capsule) == getpid();
}

/* Releasing may wait for a server, and must not have the exception that is being handled in its way. */
#define RELEASE(statement) do { \
		PyThreadState *state_ = PyEval_SaveThread(); \
		statement; \
		PyEval_RestoreThread(state_); \
	} while (0)

/* ---- log events and progress of a context ---- */

struct event {
	struct event *next;
	int level; /* 0: progress */
	uint64_t done, total;
	char *what;
	size_t nfields;
	char *fields[]; /* 2 * nfields; of progress: the unit */
};

struct events {
	pps_ctx *ctx; /* a reference: it is silent before this goes */
	pthread_mutex_t lock;
	struct event *first, **last;
	size_t count;
	uint64_t lost;
};

static void event_free(struct event *e)
{
	if (!e)
		return;
	for (size_t i = 0; i < 2 * e->nfields; i++)
		free(e->fields[i]);
	free(e->what);
	free(e);
}

static struct event *event_new(int level, const char *what, size_t nfields, const char *const *fields)
{
	struct event *e = calloc(1, sizeof *e + 2 * nfields * sizeof e->fields[0]);

	if (!e)
		return NULL;
	e->level = level;
	e->nfields = nfields;
	e->what = strdup(what);
	for (size_t i = 0; i < 2 * nfields; i++)
		if (!(e->fields[i] = strdup(fields[i] ? fields[i] : "")))
			break;
	if (!e->what || (nfields && !e->fields[2 * nfields - 1])) {
		event_free(e);
		return NULL;
	}
	return e;
}

static void push(struct events *events, struct event *e)
{
	pthread_mutex_lock(&events->lock);
	if (e && events->count < EVENTS_MOST) {
		*events->last = e;
		events->last = &e->next;
		events->count++;
		e = NULL;
	} else {
		events->lost++;
	}
	pthread_mutex_unlock(&events->lock);
	event_free(e);
}

static void on_log(int level, const char *what, size_t nfields, const char *const *fields, void *user)
{
	push(user, event_new(level, what, nfields, fields));
}

static void on_progress(const char *what, uint64_t done, uint64_t total, const char *unit, void *user)
{
	const char *fields[] = { unit, "" };
	struct event *e = event_new(0, what, 1, fields);

	if (e) {
		e->done = done;
		e->total = total;
	}
	push(user, e);
}

/* ---- columns of a table ---- */

/* A piece of a table's memory, which lasts as long as anything looks at it. */
struct piece {
	PyObject_HEAD
	PyObject *table; /* the capsule */
	const void *at;
	Py_ssize_t size;
};

static int piece_look(PyObject *self, Py_buffer *view, int flags)
{
	struct piece *p = (struct piece *)self;

	return PyBuffer_FillInfo(view, self, (void *)p->at, p->size, 1, flags);
}

static void piece_destroy(PyObject *self)
{
	PyTypeObject *type = Py_TYPE(self);

	Py_DECREF(((struct piece *)self)->table);
	PyObject_Free(self);
	Py_DECREF(type);
}

static PyObject *new_piece(PyObject *table, const void *at, int64_t size)
{
	static PyType_Slot slots[] = { { Py_tp_dealloc, piece_destroy }, { Py_bf_getbuffer, piece_look }, { 0, NULL } };
	static PyType_Spec spec = { .name = "pps._pps.Piece", .basicsize = sizeof(struct piece),
				    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, .slots = slots };
	static PyObject *type;
	struct piece *p;

	if ((!type && !(type = PyType_FromSpec(&spec))) || !(p = PyObject_New(struct piece, (PyTypeObject *)type)))
		return NULL;
	p->table = Py_NewRef(table);
	p->at = at;
	p->size = (Py_ssize_t)size;
	return (PyObject *)p;
}

/* The nth buffer of a column, and how many bytes it has: texts have offsets and bytes, truth values and what is null a bit each. */
static const void *buffer_of(const struct ArrowArray *column, const char *format, int n, int64_t *ret_size)
{
	const int is_text = *format == 'U';
	const int64_t *offsets = column->buffers[1];

	if (n == 0 || *format == 'b')
		*ret_size = (column->length + 7) / 8;
	else if (n == 2)
		*ret_size = offsets[column->length];
	else
		*ret_size = (column->length + is_text) * (int64_t)sizeof *offsets;
	return column->buffers[n];
}

/* Capsules of Arrow's interface let go of what nobody took out of them. */
#define ARROW_CAPSULE(type, capsule_name) \
	static void type ## _destroy(PyObject *capsule) \
	{ \
		struct type *at = PyCapsule_GetPointer(capsule, capsule_name); \
\
		if (at && at->release) \
			at->release(at); \
		free(at); \
	} \
\
	static PyObject *type ## _of(pps_table *table, int (*fill)(pps_table *, struct type *, pps_error **)) \
	{ \
		struct type *at = calloc(1, sizeof *at); \
		PyObject *capsule; \
\
		if (!at || fill(table, at, NULL) < 0) { \
			free(at); \
			return PyErr_NoMemory(); \
		} \
		if (!(capsule = PyCapsule_New(at, capsule_name, type ## _destroy))) { \
			at->release(at); \
			free(at); \
		} \
		return capsule; \
	}

ARROW_CAPSULE(ArrowSchema, "arrow_schema")
ARROW_CAPSULE(ArrowArray, "arrow_array")
ARROW_CAPSULE(ArrowArrayStream, "arrow_array_stream")

/* What waits for Python, taken out of the queue. */
static struct event *take(struct events *events, uint64_t *ret_lost)
{
	struct event *first;

	pthread_mutex_lock(&events->lock);
	first = events->first;
	*ret_lost = events->lost;
	events->first = NULL;
	events->last = &events->first;
	events->count = 0;
	events->lost = 0;
	pthread_mutex_unlock(&events->lock);
	return first;
}

static void free_chain(struct event *e)
{
	while (e) {
		struct event *next = e->next;

		event_free(e);
		e = next;
	}
}

static void events_destroy(PyObject *capsule)
{
	struct events *events = PyCapsule_GetPointer(capsule, "events");

	if (events && is_ours(capsule)) {
		pps_ctx_set_log(events->ctx, PPS_LOG_ERROR, NULL, NULL);
		pps_ctx_set_progress(events->ctx, NULL, NULL);
		pps_ctx_unref(events->ctx);
		free_chain(events->first);
		pthread_mutex_destroy(&events->lock);
		free(events);
	}
}

static PyObject *event_as_tuple(const struct event *e)
{
	PyObject *fields, *pair;

	if (!e->level)
		return Py_BuildValue("iNKKN", 0, text_or_none(e->what), (unsigned long long)e->done, (unsigned long long)e->total,
				     text_or_none(e->fields[0]));
	if (!(fields = PyList_New(0)))
		return NULL;
	for (size_t i = 0; i < e->nfields; i++) {
		pair = Py_BuildValue("NN", text_or_none(e->fields[2 * i]), text_or_none(e->fields[2 * i + 1]));
		if (!pair || PyList_Append(fields, pair) < 0) {
			Py_XDECREF(pair);
			Py_DECREF(fields);
			return NULL;
		}
		Py_DECREF(pair);
	}
	return Py_BuildValue("iNN", e->level, text_or_none(e->what), fields);
}

/* What the thread of a call is told meanwhile; the callable gives whether to go on. Takes the result of calling it. */
static int goes_on(PyObject *result, PyObject *callable)
{
	int stop = !result || !PyObject_IsTrue(result);

	Py_XDECREF(result);
	if (PyErr_Occurred())
		PyErr_WriteUnraisable(callable);
	return stop ? PPS_E_CANCELLED : PPS_OK;
}

static int on_json(const char *json, void *user)
{
	PyGILState_STATE state = PyGILState_Ensure();
	int r = goes_on(PyObject_CallFunction(user, "N", text_or_none(json)), user);

	PyGILState_Release(state);
	return r;
}

static int on_transfer(const char *id, const char *type, int outcome, const char *reason, void *user)
{
	PyGILState_STATE state = PyGILState_Ensure();
	int r = goes_on(PyObject_CallFunction(user, "NNiN", text_or_none(id), text_or_none(type), outcome, text_or_none(reason)), user);

	PyGILState_Release(state);
	return r;
}
%}

/* ---- every call ---- */

%exception {
	int can_fail = call.can_fail;
	call.error = NULL;
	if (can_fail) {
		PyThreadState *state = PyEval_SaveThread();
		$action
		PyEval_RestoreThread(state);
	} else {
		$action
	}
	call.can_fail = can_fail;
	if (call.error) {
		raise_error();
		SWIG_fail;
	}
}
%typemap(in, numinputs=0) pps_error **err {
	$1 = &call.error;
	call.can_fail = 1;
}
%typemap(freearg) pps_error **err "call.can_fail = 0;"
/* PPS_OK is no result; 1 and 0 of functions that wait are 1 and None. */
%typemap(out) int {
	$result = !call.can_fail || $1 > 0 ? PyLong_FromLong($1) : Py_NewRef(Py_None);
}
%typemap(out) const pps_error * "$result = exception_of($1);"

/* ---- texts and bytes ---- */

%typemap(in) const char * (PyObject *bytes = NULL) {
	if ($input == Py_None) {
		$1 = NULL;
	} else {
		char *text;
		Py_ssize_t size;

		if (!PyUnicode_Check($input)) {
			PyErr_Format(PyExc_TypeError, "$symname: argument $argnum must be str or None, not %R", (PyObject *)Py_TYPE($input));
			SWIG_fail;
		}
		if (!(bytes = PyUnicode_AsEncodedString($input, "utf-8", "surrogateescape")) || PyBytes_AsStringAndSize(bytes, &text, &size) < 0)
			SWIG_fail;
		if (strlen(text) != (size_t)size) {
			PyErr_SetString(PyExc_ValueError, "$symname: a text with NUL inside");
			SWIG_fail;
		}
		$1 = text;
	}
}
%typemap(freearg) const char * "Py_XDECREF(bytes$argnum);"
%typemap(out) const char * "$result = text_or_none($1);"

%typemap(in) (const char *const *names, size_t n) (PyObject *kept = NULL) {
	Py_ssize_t n = 0;

	$1 = NULL;
	if ($input != Py_None) {
		if (!PyList_Check($input)) {
			PyErr_SetString(PyExc_TypeError, "$symname: a list of str is needed");
			SWIG_fail;
		}
		n = PyList_Size($input);
		if (!(kept = PyList_New(0)) || !($1 = calloc((size_t)n + 1, sizeof *$1))) {
			PyErr_NoMemory();
			SWIG_fail;
		}
		for (Py_ssize_t i = 0; i < n; i++) {
			PyObject *item = PyList_GetItem($input, i), *bytes;
			char *text;

			if (!item || !PyUnicode_Check(item)) {
				PyErr_SetString(PyExc_TypeError, "$symname: a list of str is needed");
				SWIG_fail;
			}
			bytes = PyUnicode_AsEncodedString(item, "utf-8", "surrogateescape");
			if (!bytes || PyList_Append(kept, bytes) < 0) {
				Py_XDECREF(bytes);
				SWIG_fail;
			}
			Py_DECREF(bytes);
			if (PyBytes_AsStringAndSize(bytes, &text, NULL) < 0)
				SWIG_fail;
			((const char **)$1)[i] = text;
		}
	}
	$2 = (size_t)n;
}
%typemap(freearg) (const char *const *names, size_t n) {
	free((void *)$1);
	Py_XDECREF(kept$argnum);
}
%apply (const char *const *names, size_t n) { (const char *const *exposures, size_t n), (const char *const *ids, size_t n) };

%typemap(in) (const void *bytes, size_t size) (Py_buffer view, int got = 0) {
	if (PyObject_GetBuffer($input, &view, PyBUF_SIMPLE) < 0)
		SWIG_fail;
	got = 1;
	$1 = view.buf;
	$2 = (size_t)view.len;
}
%typemap(freearg) (const void *bytes, size_t size) "if (got$argnum) PyBuffer_Release(&view$argnum);"
%typemap(in) (void *bytes, size_t size) (Py_buffer view, int got = 0) {
	if (PyObject_GetBuffer($input, &view, PyBUF_WRITABLE) < 0)
		SWIG_fail;
	got = 1;
	$1 = view.buf;
	$2 = (size_t)view.len;
}
%typemap(freearg) (void *bytes, size_t size) "if (got$argnum) PyBuffer_Release(&view$argnum);"

/* ---- outputs ---- */

%typemap(in, numinputs=0) char **ret_text (char *text = NULL) "$1 = &text;"
%typemap(argout) char **ret_text {
	$result = append($result, text_or_none(text$argnum));
	pps_free(text$argnum);
}
%apply char **ret_text { char **ret_json, char **ret_hash, char **ret_account, char **ret_url };
%typemap(in, numinputs=0) const char **ret_name (const char *borrowed = NULL) "$1 = ($1_ltype)&borrowed;"
%typemap(argout) const char **ret_name "$result = append($result, text_or_none(borrowed$argnum));"
%typemap(in, numinputs=0) (void **ret_bytes, size_t *ret_size) (void *bytes = NULL, size_t size = 0) "$1 = &bytes; $2 = &size;"
%typemap(argout) (void **ret_bytes, size_t *ret_size) {
	$result = append($result, PyBytes_FromStringAndSize(bytes$argnum, (Py_ssize_t)size$argnum));
	pps_free(bytes$argnum);
}
%define %number_output(type, convert, cast)
%typemap(in, numinputs=0) type * (type number = 0) "$1 = &number;"
%typemap(argout) type * "$result = append($result, convert((cast)number$argnum));"
%enddef
%include <stdint.i>
%number_output(int, PyLong_FromLong, long)
%number_output(int64_t, PyLong_FromLongLong, long long)
%number_output(size_t, PyLong_FromSize_t, size_t)

/* A handle goes in as the capsule of its own name, comes out as one, and is released with it. None is never one. */
%define %handle(type, release)
%{
static void type ## _destroy(PyObject *capsule)
{
	type *handle = PyCapsule_GetPointer(capsule, #type);

	if (handle && is_ours(capsule))
		RELEASE(release(handle));
}
%}
%typemap(in) type *, const type * {
	if (!($1 = PyCapsule_GetPointer($input, #type))) {
		PyErr_Clear();
		PyErr_Format(PyExc_TypeError, "$symname: argument $argnum must be a handle of " #type ", not %R", (PyObject *)Py_TYPE($input));
		SWIG_fail;
	}
}
%typemap(in, numinputs=0) type ** (type *handle = NULL) "$1 = &handle;"
%typemap(argout) type ** {
	$result = append($result, new_handle(handle$argnum, #type, type ## _destroy));
}
%ignore release;
%enddef

%handle(pps_ctx, pps_ctx_unref)
%handle(pps_conf, pps_conf_unref)
%handle(pps_store, pps_store_unref)
%handle(pps_store_listing, pps_store_listing_free)
%handle(pps_zip, pps_zip_close)
%handle(pps_zip_report, pps_zip_report_free)
%handle(pps_dimensions, pps_dimensions_free)
%handle(pps_butler, pps_butler_unref)
%handle(pps_butler_exposures, pps_butler_exposures_free)
%handle(pps_butler_datasets, pps_butler_datasets_free)
%handle(pps_butler_collections, pps_butler_collections_free)
%handle(pps_butler_report, pps_butler_report_free)
%handle(pps_rucio, pps_rucio_unref)
%handle(pps_rucio_list, pps_rucio_list_free)
%handle(pps_rucio_report, pps_rucio_report_free)
%handle(pps_stream, pps_stream_unref)
%handle(pps_table, pps_table_free)
%handle(pps_state, pps_state_unref)
%handle(pps_raw, pps_raw_unref)
%handle(pps_raw_report, pps_raw_report_free)
%handle(pps_raw_import, pps_raw_import_unref)
%handle(pps_publish, pps_publish_unref)
%handle(pps_publish_report, pps_publish_report_free)

/* pps_rucio_open() takes NULL: the environment alone. */
%typemap(in) const pps_conf *conf {
	if ($input == Py_None) {
		$1 = NULL;
	} else if (!($1 = PyCapsule_GetPointer($input, "pps_conf"))) {
		PyErr_Clear();
		PyErr_Format(PyExc_TypeError, "$symname: argument $argnum must be a handle of pps_conf, not %R", (PyObject *)Py_TYPE($input));
		SWIG_fail;
	}
}

%define %told(type, function)
%typemap(in) (type fn, void *user) {
	if (!PyCallable_Check($input)) {
		PyErr_SetString(PyExc_TypeError, "$symname: a callable is needed");
		SWIG_fail;
	}
	$1 = function;
	$2 = $input;
}
%ignore type;
%enddef
%told(pps_publish_dataset_fn, on_json)
%told(pps_publish_finding_fn, on_json)
%told(pps_butler_transfer_fn, on_transfer)

/* What capsules, exceptions and typemaps do instead. */
%ignore pps_free;
%ignore pps_error_free;
%ignore pps_ctx_ref;
%ignore pps_conf_ref;
%ignore pps_store_ref;
%ignore pps_butler_ref;
%ignore pps_rucio_ref;
%ignore pps_stream_ref;
%ignore pps_state_ref;
%ignore pps_error_code;
%ignore pps_error_message;
%ignore pps_error_is_retriable;
%ignore pps_error_errno;
%ignore pps_error_sqlstate;
%ignore pps_error_file;
%ignore pps_error_line;
%ignore pps_error_column;
%ignore pps_ctx_set_log;
%ignore pps_ctx_set_progress;
%ignore pps_conf_load;
%ignore pps_conf_parse;
%ignore pps_stream_value;
%ignore pps_table_array;
%ignore pps_table_schema;
%ignore pps_table_stream;
%ignore ARROW_FLAG_DICTIONARY_ORDERED;
%ignore ARROW_FLAG_NULLABLE;
%ignore ARROW_FLAG_MAP_KEYS_SORTED;
%ignore ArrowArray;
%ignore ArrowArrayStream;
%ignore ArrowSchema;
%ignore pps_log_fn;
%ignore pps_progress_fn;

%include <pps/version.h>
%include <pps/error.h>
%include <pps/ctx.h>
%include <pps/conf.h>
%include <pps/store.h>
%include <pps/zip.h>
%include <pps/dimensions.h>
%include <pps/butler.h>
%include <pps/rucio.h>
%include <pps/stream.h>
%include <pps/table.h>
%include <pps/state.h>
%include <pps/raw.h>
%include <pps/publish.h>

/* ---- what the headers say in a way that Python does not ---- */

%typemap(out) PyObject * "$result = $1;"
%typemap(in) PyObject * "$1 = $input;"

%{
/* The configuration also when it has errors: pps_conf_error_at(). */
static int conf_with_errors(int r, pps_conf *conf, pps_error **err)
{
	if (r != PPS_E_CONFIG || !conf)
		return r;
	pps_error_free(*err);
	*err = NULL;
	return PPS_OK;
}
%}

%inline %{
static PyObject *set_error_factory(PyObject *factory)
{
	Py_XDECREF(error_factory);
	error_factory = Py_NewRef(factory);
	return Py_NewRef(Py_None);
}

static int conf_load(pps_ctx *ctx, const char *path, pps_conf **ret_conf, pps_error **err)
{
	int r = pps_conf_load(ctx, path, ret_conf, err);

	return conf_with_errors(r, *ret_conf, err);
}

static int conf_parse(pps_ctx *ctx, const char *text, const char *name, pps_conf **ret_conf, pps_error **err)
{
	int r = pps_conf_parse(ctx, text, name, ret_conf, err);

	return conf_with_errors(r, *ret_conf, err);
}

/* Events from @level on and progress go into this queue, as long as it is referred to. */
static PyObject *ctx_listen(pps_ctx *ctx, int level)
{
	struct events *events = calloc(1, sizeof *events);
	PyObject *capsule;

	if (!events)
		return PyErr_NoMemory();
	pthread_mutex_init(&events->lock, NULL);
	events->last = &events->first;
	if (!(capsule = new_handle(events, "events", events_destroy))) {
		free(events);
		return NULL;
	}
	events->ctx = pps_ctx_ref(ctx);
	pps_ctx_set_log(ctx, level, on_log, events);
	pps_ctx_set_progress(ctx, on_progress, events);
	return capsule;
}

/* (rows, [(name, format, whether there are nulls) ...]) */
static PyObject *table_columns(pps_table *table)
{
	struct ArrowSchema schema;
	struct ArrowArray array;
	PyObject *list = NULL;
	int64_t rows;

	if (pps_table_schema(table, &schema, NULL) < 0)
		return PyErr_NoMemory();
	if (pps_table_array(table, &array, NULL) < 0) {
		schema.release(&schema);
		return PyErr_NoMemory();
	}
	list = PyList_New(0);
	for (int64_t i = 0; list && i < schema.n_children; i++) {
		PyObject *one = Py_BuildValue("ssO", schema.children[i]->name, schema.children[i]->format,
					      array.children[i]->null_count ? Py_True : Py_False);

		if (!one || PyList_Append(list, one) < 0)
			Py_CLEAR(list);
		Py_XDECREF(one);
	}
	rows = array.length;
	array.release(&array);
	schema.release(&schema);
	return list ? Py_BuildValue("LN", (long long)rows, list) : NULL;
}

/* The nth buffer of a column, where it is; None: it has none. */
static PyObject *table_buffer(PyObject *capsule, int column, int n)
{
	pps_table *table = PyCapsule_GetPointer(capsule, "pps_table");
	struct ArrowSchema schema;
	struct ArrowArray array;
	const void *at = NULL;
	int64_t size = 0;

	if (!table)
		return NULL;
	if (pps_table_schema(table, &schema, NULL) < 0)
		return PyErr_NoMemory();
	if (pps_table_array(table, &array, NULL) < 0) {
		schema.release(&schema);
		return PyErr_NoMemory();
	}
	if (column >= 0 && column < array.n_children && n >= 0 && n < array.children[column]->n_buffers)
		at = buffer_of(array.children[column], schema.children[column]->format, n, &size);
	array.release(&array);
	schema.release(&schema);
	return at ? new_piece(capsule, at, size) : Py_NewRef(Py_None);
}

/* As Arrow's interface for Python has them, each for one reader. */
static PyObject *table_schema(pps_table *table)
{
	return ArrowSchema_of(table, pps_table_schema);
}

static PyObject *table_array(pps_table *table)
{
	return ArrowArray_of(table, pps_table_array);
}

static PyObject *table_stream(pps_table *table)
{
	return ArrowArrayStream_of(table, pps_table_stream);
}

static PyObject *stream_value(pps_stream *stream)
{
	size_t size = 0;
	const void *value = pps_stream_value(stream, &size);

	return value ? PyBytes_FromStringAndSize(value, (Py_ssize_t)size) : Py_NewRef(Py_None);
}

/* [(level, event, [(key, value) ...]) ..., (0, what, done, total, unit) ...] and how many had no room. */
static PyObject *take_events(PyObject *capsule)
{
	struct events *events = PyCapsule_GetPointer(capsule, "events");
	struct event *first;
	PyObject *list;
	uint64_t lost;

	if (!events || !(list = PyList_New(0)))
		return NULL;
	first = take(events, &lost);
	for (struct event *e = first; e; e = e->next) {
		PyObject *item = event_as_tuple(e);

		if (!item || PyList_Append(list, item) < 0) {
			Py_XDECREF(item);
			Py_DECREF(list);
			free_chain(first);
			return NULL;
		}
		Py_DECREF(item);
	}
	free_chain(first);
	return Py_BuildValue("NK", list, (unsigned long long)lost);
}
%}
