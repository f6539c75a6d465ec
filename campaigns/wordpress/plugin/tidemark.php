<?php
/**
 * Plugin Name:       Tidemark
 * Description:       Live progress bars of your fundraising campaigns: as a block, a shortcode, a widget, or by pasting a link.
 * Version:           {{version}}
 * Requires at least: 6.1
 * Requires PHP:      7.4
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       tidemark
 *
 * @package Tidemark
 */

namespace Tidemark;

defined( 'ABSPATH' ) || exit;

const VERSION = '{{version}}';

require __DIR__ . '/includes/settings.php';
require __DIR__ . '/includes/campaigns.php';
require __DIR__ . '/includes/element.php';
require __DIR__ . '/includes/places.php';
require __DIR__ . '/includes/class-widget.php';

add_action( 'init', __NAMESPACE__ . '\\register_places' );
add_action( ASK_IN_THE_BACKGROUND, __NAMESPACE__ . '\\ask', 10, 2 );
add_action( 'widgets_init', __NAMESPACE__ . '\\register_classic_widget' );
add_filter( 'embed_oembed_html', __NAMESPACE__ . '\\bring_pasted_link_to_life' );
add_filter( 'script_loader_tag', __NAMESPACE__ . '\\load_without_waiting', 10, 2 );
add_action( 'admin_init', __NAMESPACE__ . '\\register_settings' );
add_action( 'admin_menu', __NAMESPACE__ . '\\add_settings_page' );
register_deactivation_hook( __FILE__, __NAMESPACE__ . '\\stop_asking' );
add_filter( 'plugin_action_links_' . plugin_basename( __FILE__ ), __NAMESPACE__ . '\\add_settings_link' );
