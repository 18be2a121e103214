/* SPDX-License-Identifier: Apache-2.0 */
#include "module.h"

#include <linux/capability.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The form that nginx knows a module by: directives, phases, processes. Directives stand only in configuration that the supervisor
 * rendered; there is none that switches a check off. Everything that needs control, a snapshot or a spool happens when a worker
 * starts, so `nginx -t` needs none of them.
 */

static void *
create_main_conf(ngx_conf_t *cf)
{
    ngx_http_gatehouse_main_conf_t *conf = ngx_pcalloc(cf->pool, sizeof(*conf));

    return conf;
}

static char *
init_main_conf(ngx_conf_t *cf, void *main)
{
    ngx_http_gatehouse_main_conf_t *conf = main;

    if (conf->data.len == 0 || conf->memory.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "gatehouse_data and gatehouse_memory are required");
        return NGX_CONF_ERROR;
    }
    return NGX_CONF_OK;
}

static void *
create_srv_conf(ngx_conf_t *cf)
{
    return ngx_pcalloc(cf->pool, sizeof(ngx_http_gatehouse_srv_conf_t));
}

static char *
merge_srv_conf(ngx_conf_t *cf, void *parent, void *child)
{
    ngx_http_gatehouse_srv_conf_t *prev = parent, *conf = child;

    (void)cf;
    if (conf->listener.len == 0)
        conf->listener = prev->listener;
    return NGX_CONF_OK;
}

static char *
serve(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t *core = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    (void)cmd;
    (void)conf;
    core->handler = ngx_http_gatehouse_content_handler;
    return NGX_CONF_OK;
}

static ngx_command_t commands[] = {{ngx_string("gatehouse_data"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_str_slot,
                                       NGX_HTTP_MAIN_CONF_OFFSET, offsetof(ngx_http_gatehouse_main_conf_t, data), NULL},
    {ngx_string("gatehouse_memory"), NGX_HTTP_MAIN_CONF | NGX_CONF_TAKE1, ngx_conf_set_str_slot, NGX_HTTP_MAIN_CONF_OFFSET,
        offsetof(ngx_http_gatehouse_main_conf_t, memory), NULL},
    {ngx_string("gatehouse_listener"), NGX_HTTP_SRV_CONF | NGX_CONF_TAKE1, ngx_conf_set_str_slot, NGX_HTTP_SRV_CONF_OFFSET,
        offsetof(ngx_http_gatehouse_srv_conf_t, listener), NULL},
    {ngx_string("gatehouse_serve"), NGX_HTTP_LOC_CONF | NGX_CONF_NOARGS, serve, NGX_HTTP_LOC_CONF_OFFSET, 0, NULL},
    {ngx_string("gatehouse_peers"), NGX_HTTP_UPS_CONF | NGX_CONF_NOARGS, ngx_http_gatehouse_peers, NGX_HTTP_SRV_CONF_OFFSET, 0,
        NULL},
    ngx_null_command};

static ngx_int_t
add_handler(ngx_conf_t *cf, ngx_uint_t phase, ngx_http_handler_pt handler)
{
    ngx_http_core_main_conf_t *core = ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module);
    ngx_http_handler_pt *h = ngx_array_push(&core->phases[phase].handlers);

    if (h == NULL)
        return NGX_ERROR;
    *h = handler;
    return NGX_OK;
}

static ngx_int_t
init_conf(ngx_conf_t *cf)
{
    ngx_http_gatehouse_conditional_prepare();
    if (add_handler(cf, NGX_HTTP_POST_READ_PHASE, ngx_http_gatehouse_post_read_handler) != NGX_OK ||
        add_handler(cf, NGX_HTTP_ACCESS_PHASE, ngx_http_gatehouse_access_handler) != NGX_OK ||
        add_handler(cf, NGX_HTTP_LOG_PHASE, ngx_http_gatehouse_log_handler) != NGX_OK)
        return NGX_ERROR;
    ngx_http_gatehouse_filter_init();
    ngx_http_gatehouse_body_filter_init();
    return NGX_OK;
}

static ngx_int_t
add_variables(ngx_conf_t *cf)
{
    return ngx_http_gatehouse_variables_add(cf);
}

/* Master and workers alike: what they hold (keys of TLS, credentials) is in no core file and not for a debugger. */
static ngx_int_t
harden(ngx_cycle_t *cycle)
{
    const struct rlimit none = {0, 0};

    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &none) != 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno, "gatehouse: cannot harden the process");
        return NGX_ERROR;
    }
    return NGX_OK;
}

/*
 * The master may bind ports below 1024 (a listener may come while it runs); a worker, which reads what strangers send, binds nothing and
 * holds no capability at all. The bounding set stays, which without capabilities and with no new privileges gives nothing.
 */
static ngx_int_t
drop_capabilities(ngx_cycle_t *cycle)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
    const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0}; /* an ambient one goes with its permitted one */

    if (syscall(SYS_capset, &head, none) == 0)
        return NGX_OK;
    ngx_log_error(NGX_LOG_EMERG, cycle->log, ngx_errno, "gatehouse: cannot drop capabilities");
    return NGX_ERROR;
}

#define TRIM_BYTES                                                                                                                 \
    (8 << 20) /* a worker's arenas come and go; giving their pages back to the kernel each time costs more than keeping them */

static ngx_int_t
init_process(ngx_cycle_t *cycle)
{
    ngx_http_gatehouse_main_conf_t *conf = ngx_http_cycle_get_module_main_conf(cycle, ngx_http_gatehouse_module);

    if (conf == NULL || (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE))
        return NGX_OK;
    (void)mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
    if (harden(cycle) != NGX_OK || drop_capabilities(cycle) != NGX_OK || ngx_http_gatehouse_body_init(cycle) != NGX_OK ||
        ngx_http_gatehouse_load_init(cycle) != NGX_OK || ngx_http_gatehouse_target_init(cycle, conf) != NGX_OK ||
        ngx_http_gatehouse_idle_init(cycle) != NGX_OK || ngx_http_gatehouse_access_init(cycle) != NGX_OK ||
        ngx_http_gatehouse_spool_init(cycle, conf) != NGX_OK || ngx_http_gatehouse_snapshot_init(cycle, conf) != NGX_OK ||
        ngx_http_gatehouse_memory_init() != NGX_OK)
        return NGX_ERROR;
    ngx_http_gatehouse_conditional_init(cycle);
    ngx_http_gatehouse_kept_init(cycle, &conf->data);
    ngx_http_gatehouse_withdraw_init(cycle);
    return NGX_OK;
}

static void
exit_process(ngx_cycle_t *cycle)
{
    (void)cycle;
    if (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)
        return;
    ngx_http_gatehouse_shutdown_now();
    ngx_http_gatehouse_conditional_exit();
    ngx_http_gatehouse_patterns_exit();
    ngx_http_gatehouse_kept_exit();
    ngx_http_gatehouse_memory_exit();
    ngx_http_gatehouse_snapshot_exit();
    ngx_http_gatehouse_access_exit();
    ngx_http_gatehouse_authority_exit();
    ngx_http_gatehouse_spool_exit();
}

static ngx_http_module_t context = {
    add_variables, init_conf, create_main_conf, init_main_conf, create_srv_conf, merge_srv_conf, NULL, NULL};

ngx_module_t ngx_http_gatehouse_module = {NGX_MODULE_V1, &context, commands, NGX_HTTP_MODULE, NULL, harden, init_process, NULL,
    NULL, exit_process, NULL, NGX_MODULE_V1_PADDING};

/* What nginx's own build would generate; the order puts our filters behind the copy filter (data in memory) and before those that frame. */
#define EXPORTED __attribute__((visibility("default")))
extern EXPORTED ngx_module_t *ngx_modules[];
extern EXPORTED char *ngx_module_names[];
extern EXPORTED char *ngx_module_order[];
ngx_module_t *ngx_modules[] = {&ngx_http_gatehouse_module, NULL};
static char own_name[] = "ngx_http_gatehouse_module", copy_name[] = "ngx_http_copy_filter_module";
char *ngx_module_names[] = {own_name, NULL};
char *ngx_module_order[] = {own_name, copy_name, NULL};
