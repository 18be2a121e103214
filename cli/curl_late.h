/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli/curl_late: libcurl, loaded when it is first needed: it brings some thirty libraries, and their start is most of the time of a command that
 * asks nobody (`baseline scan`, `version`). Behind this header libcurl's own names stand for the functions that were found.
 */
#ifndef GH_CLI_CURL_LATE_H
#define GH_CLI_CURL_LATE_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdbool.h>

/* X(name without "curl_") */
#define GH_CURL_LIST(X) \
    X(easy_init) X(easy_setopt) X(easy_perform) X(easy_getinfo) X(easy_cleanup) X(easy_strerror) X(slist_append) X(slist_free_all) \
    X(multi_init) X(multi_add_handle) X(multi_remove_handle) X(multi_perform) X(multi_poll) X(multi_info_read) X(multi_cleanup)

struct gh_curl {
#define GH_CURL_MEMBER(name) __typeof__(&curl_##name) name;
    GH_CURL_LIST(GH_CURL_MEMBER)
#undef GH_CURL_MEMBER
};
extern struct gh_curl gh_curl;

/* Once before any of them. False: libcurl.so.4 is not there, or not whole. */
bool gh_curl_load(void);

#undef curl_easy_setopt /* libcurl counts their arguments by macros of the same names */
#undef curl_easy_getinfo
#define curl_easy_init gh_curl.easy_init
#define curl_easy_setopt gh_curl.easy_setopt
#define curl_easy_perform gh_curl.easy_perform
#define curl_easy_getinfo gh_curl.easy_getinfo
#define curl_easy_cleanup gh_curl.easy_cleanup
#define curl_easy_strerror gh_curl.easy_strerror
#define curl_multi_init gh_curl.multi_init
#define curl_multi_add_handle gh_curl.multi_add_handle
#define curl_multi_remove_handle gh_curl.multi_remove_handle
#define curl_multi_perform gh_curl.multi_perform
#define curl_multi_poll gh_curl.multi_poll
#define curl_multi_info_read gh_curl.multi_info_read
#define curl_multi_cleanup gh_curl.multi_cleanup
#define curl_slist_append gh_curl.slist_append
#define curl_slist_free_all gh_curl.slist_free_all

#endif
