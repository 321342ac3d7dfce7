/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Counts the live objects of a program that uses GObject, from inside it.
 *
 * Loaded before the program by LD_PRELOAD. Debian's GLib does not count instances itself, so two
 * functions of GObject's own class are replaced before any class is derived from it: every object
 * is made by the one and freed by the other. Whoever connects to the socket that ORIEL_CENSUS names
 * gets a line `TYPE COUNT` for each type that has had objects. */

#define _GNU_SOURCE
#include <glib-object.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static GObject *(*make)(GType, guint, GObjectConstructParam *);
static void (*end)(GObject *);
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* How many objects there are by their type. */
static GHashTable *counts;

static void count(GType type, int change)
{
    gpointer key = GSIZE_TO_POINTER(type);

    pthread_mutex_lock(&lock);
    int now = GPOINTER_TO_INT(g_hash_table_lookup(counts, key));
    g_hash_table_insert(counts, key, GINT_TO_POINTER(now + change));
    pthread_mutex_unlock(&lock);
}

static GObject *making(GType type, guint number, GObjectConstructParam *parameters)
{
    GObject *object = make(type, number, parameters);

    count(G_OBJECT_TYPE(object), 1);
    return object;
}

static void ending(GObject *object)
{
    count(G_OBJECT_TYPE(object), -1);
    end(object);
}

static void tell(int caller)
{
    FILE *out = fdopen(caller, "w");
    GHashTableIter iter;
    gpointer type, number;

    if (out == NULL) {
        close(caller);
        return;
    }
    pthread_mutex_lock(&lock);
    g_hash_table_iter_init(&iter, counts);
    while (g_hash_table_iter_next(&iter, &type, &number))
        fprintf(out, "%s %d\n", g_type_name(GPOINTER_TO_SIZE(type)), GPOINTER_TO_INT(number));
    pthread_mutex_unlock(&lock);
    fclose(out);
}

static void *serve(void *listener)
{
    int caller;

    while ((caller = accept4(GPOINTER_TO_INT(listener), NULL, NULL, SOCK_CLOEXEC)) >= 0)
        tell(caller);
    return NULL;
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("ORIEL_CENSUS");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    GObjectClass *class;
    pthread_t thread;
    int listener;

    /* Programs that this one starts are not counted. */
    unsetenv("LD_PRELOAD");
    unsetenv("ORIEL_CENSUS");
    if (path == NULL || strlen(path) >= sizeof address.sun_path)
        return;
    strcpy(address.sun_path, path);
    counts = g_hash_table_new(NULL, NULL);
    class = g_type_class_ref(G_TYPE_OBJECT);
    make = class->constructor;
    end = class->finalize;
    class->constructor = making;
    class->finalize = ending;
    listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
        listen(listener, 8) == 0)
        pthread_create(&thread, NULL, serve, GINT_TO_POINTER(listener));
}
