<?php
/**
 * Where a bar can stand: in a block, in a shortcode, in a classic widget, in place of a pasted link.
 *
 * @package Tidemark
 */

namespace Tidemark;

defined( 'ABSPATH' ) || exit;

function register_places(): void {
	load_plugin_textdomain( 'tidemark' );
	// WordPress before 6.3 takes the last argument for "in the footer", which is right too.
	wp_register_script( 'tidemark', base() . '/widget.v1.js', array(), null, array( 'strategy' => 'async', 'in_footer' => true ) ); // phpcs:ignore
	add_shortcode( 'tidemark', __NAMESPACE__ . '\\shortcode' );
	foreach ( array( '/c/*', '/embed/*' ) as $path ) {
		wp_oembed_add_provider( base() . $path, base() . '/oembed?for=plugin' );
	}
	register_block_type( __DIR__ . '/../block', array( 'render_callback' => __NAMESPACE__ . '\\render_block' ) );
	$offered = array(
		'url'       => base(),
		'kinds'     => array_keys( preset()['sizes'] ),
		'languages' => preset()['languages'],
	);
	wp_add_inline_script( 'tidemark-progress-editor-script', 'window.tidemarkOffers = ' . wp_json_encode( $offered ) . ';', 'before' );
	wp_set_script_translations( 'tidemark-progress-editor-script', 'tidemark' );
}

/**
 * Has the script wait for nothing and nothing for it, where WordPress does not know how.
 *
 * @param string $tag    The script's element.
 * @param string $handle The script's name.
 */
function load_without_waiting( string $tag, string $handle ): string {
	return 'tidemark' === $handle && ! preg_match( '/\sasync[\s=>]/', $tag ) ? str_replace( ' src=', ' async src=', $tag ) : $tag;
}

/**
 * [tidemark campaign="newsroom" kind="ring"].
 *
 * @param array|string $typed The attributes; '' for none.
 */
function shortcode( $typed ): string {
	return element( is_array( $typed ) ? $typed : array() );
}

/**
 * The block, for readers.
 *
 * @param array $attributes As the editor saved them.
 */
function render_block( array $attributes ): string {
	$element = element( $attributes );
	return '' === $element || is_feed() ? $element : sprintf( '<div %s>%s</div>', get_block_wrapper_attributes(), $element );
}

/**
 * A pasted link became the element already; here it gets the script and the article.
 *
 * @param string|false $html What stands in place of the link.
 */
function bring_pasted_link_to_life( $html ) {
	if ( ! is_string( $html ) || 0 !== strpos( $html, '<tidemark-progress ' ) ) {
		return $html;
	}
	if ( is_feed() ) {
		return preg_match( '#<a .*</a>#s', $html, $link ) ? $link[0] : $html;
	}
	wp_enqueue_script( 'tidemark' );
	foreach ( source() as $name => $value ) {
		$html = substr_replace( $html, sprintf( ' %s="%s"', $name, esc_attr( $value ) ), strlen( '<tidemark-progress' ), 0 );
	}
	return $html;
}

function register_classic_widget(): void {
	register_widget( __NAMESPACE__ . '\\Widget' );
}
