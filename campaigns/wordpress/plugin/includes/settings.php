<?php
/**
 * Where Tidemark is, and whether it is told which article a gift came from.
 *
 * The zip was made by one installation and knows its address; the settings page may name another.
 *
 * @package Tidemark
 */

namespace Tidemark;

defined( 'ABSPATH' ) || exit;

/**
 * What the installation wrote into the zip: its address, the kinds of bar with the sizes of their pictures, languages.
 */
function preset(): array {
	static $preset = null;
	if ( null === $preset ) {
		$preset = require __DIR__ . '/../preset.php';
	}
	return $preset;
}

/**
 * The address of Tidemark, without a slash at its end.
 */
function base(): string {
	$chosen = get_option( 'tidemark_url', '' );
	return untrailingslashit( is_string( $chosen ) && '' !== $chosen ? $chosen : preset()['url'] );
}

/**
 * Whether Tidemark is told which article a gift came from.
 */
function tells_page(): bool {
	return '1' === get_option( 'tidemark_tells_page', '1' );
}

function register_settings(): void {
	register_setting(
		'tidemark',
		'tidemark_url',
		array(
			'type'              => 'string',
			'sanitize_callback' => __NAMESPACE__ . '\\checked_url',
			'default'           => '',
		)
	);
	register_setting(
		'tidemark',
		'tidemark_tells_page',
		array(
			'type'              => 'string',
			'sanitize_callback' => static function ( $typed ) {
				return $typed ? '1' : '0';
			},
			'default'           => '1',
		)
	);
	add_settings_section( 'tidemark', '', '__return_false', 'tidemark' );
	add_settings_field(
		'tidemark_url',
		__( 'Address of Tidemark', 'tidemark' ),
		__NAMESPACE__ . '\\show_url_field',
		'tidemark',
		'tidemark',
		array( 'label_for' => 'tidemark_url' )
	);
	add_settings_field(
		'tidemark_tells_page',
		__( 'Sources', 'tidemark' ),
		__NAMESPACE__ . '\\show_tells_page_field',
		'tidemark',
		'tidemark'
	);
}

/**
 * The address as it is kept; what is none is refused, and the old one stays.
 *
 * @param mixed $typed What was typed.
 */
function checked_url( $typed ): string {
	$url = is_string( $typed ) ? untrailingslashit( esc_url_raw( trim( $typed ), array( 'http', 'https' ) ) ) : '';
	if ( '' === trim( (string) $typed ) ) {
		return '';
	}
	if ( '' === $url || ! wp_parse_url( $url, PHP_URL_HOST ) || wp_parse_url( $url, PHP_URL_QUERY ) ) {
		add_settings_error(
			'tidemark_url',
			'tidemark_url',
			__( 'That is no address of Tidemark. Write it with its scheme, such as https://give.example.org.', 'tidemark' )
		);
		return (string) get_option( 'tidemark_url', '' );
	}
	return $url;
}

function show_url_field(): void {
	printf(
		'<input class="regular-text" type="url" id="tidemark_url" name="tidemark_url" value="%s" placeholder="%s">',
		esc_attr( (string) get_option( 'tidemark_url', '' ) ),
		esc_attr( preset()['url'] )
	);
	echo '<p class="description">' . esc_html__( 'Leave it empty for the one that made this plugin.', 'tidemark' ) . '</p>';
}

function show_tells_page_field(): void {
	printf(
		'<label><input type="checkbox" name="tidemark_tells_page" value="1"%s> %s</label>',
		checked( tells_page(), true, false ),
		esc_html__( 'Tell Tidemark which article a gift came from', 'tidemark' )
	);
	echo '<p class="description">' .
		esc_html__( 'The address of the article, never anything about the reader.', 'tidemark' ) . '</p>';
}

function add_settings_page(): void {
	add_options_page( 'Tidemark', 'Tidemark', 'manage_options', 'tidemark', __NAMESPACE__ . '\\show_settings_page' );
}

function show_settings_page(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	echo '<div class="wrap"><h1>Tidemark</h1><form method="post" action="options.php">';
	settings_fields( 'tidemark' );
	do_settings_sections( 'tidemark' );
	submit_button();
	echo '</form></div>';
}

/**
 * A link to the settings in the list of plugins.
 *
 * @param string[] $links The links that are there.
 */
function add_settings_link( array $links ): array {
	$url = admin_url( 'options-general.php?page=tidemark' );
	array_unshift( $links, sprintf( '<a href="%s">%s</a>', esc_url( $url ), esc_html__( 'Settings', 'tidemark' ) ) );
	return $links;
}
