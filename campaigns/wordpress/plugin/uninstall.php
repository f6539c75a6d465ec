<?php
/**
 * Leaves nothing behind.
 *
 * @package Tidemark
 */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

delete_option( 'tidemark_url' );
delete_option( 'tidemark_tells_page' );
delete_option( 'tidemark_campaigns' );
delete_option( 'widget_tidemark' );
wp_unschedule_hook( 'tidemark_ask' );
