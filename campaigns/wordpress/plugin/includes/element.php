<?php
/**
 * The bar as markup: a link with the live picture, which the script turns into the bar.
 *
 * Without the script, in feeds and in mail, link and picture stay.
 *
 * @package Tidemark
 */

namespace Tidemark;

defined( 'ABSPATH' ) || exit;

const LOOK = array( 'kind', 'theme', 'accent', 'lang', 'embed' );

/**
 * The bar that a block, a shortcode or a widget asks for.
 *
 * @param array $asked campaign (a slug, or the address of a campaign), kind, theme, accent, lang, embed; from the editor
 *                     also title, width and height of the picture.
 */
function element( array $asked ): string {
	$slug = slug_of( $asked['campaign'] ?? '' );
	if ( '' === $slug ) {
		return current_user_can( 'edit_posts' ) ? complaint() : '';
	}
	$look = look_of( $asked );
	$link = linked_picture( $slug, $look, $asked );
	if ( is_feed() ) {
		return $link;
	}
	wp_enqueue_script( 'tidemark' );
	$attributes = '';
	foreach ( array( 'campaign' => $slug ) + $look + source() as $name => $value ) {
		$attributes .= sprintf( ' %s="%s"', $name, esc_attr( $value ) );
	}
	return "<tidemark-progress{$attributes}>{$link}</tidemark-progress>";
}

/**
 * The slug in what somebody typed or pasted; '' for what is none.
 *
 * @param mixed $typed A slug, or the address of a campaign here.
 */
function slug_of( $typed ): string {
	$text = is_string( $typed ) ? trim( $typed ) : '';
	$found = array();
	if ( preg_match( '#^' . preg_quote( base(), '#' ) . '/(?:c|embed)/([a-z0-9-]{1,64})(?:[/?\#].*)?$#D', $text, $found ) ) {
		return $found[1];
	}
	return preg_match( '/^[a-z0-9-]{1,64}$/D', $text ) ? $text : '';
}

/**
 * What of the look is asked for and can be had.
 *
 * @param array $asked The attributes of a block, a shortcode or a widget.
 */
function look_of( array $asked ): array {
	$patterns = array(
		'kind'   => '/^(?:' . implode( '|', array_keys( preset()['sizes'] ) ) . ')$/D',
		'theme'  => '/^(?:auto|light|dark)$/D',
		'accent' => '/^#?[0-9A-Fa-f]{6}$/D',
		'lang'   => '/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?$/D',
		'embed'  => '/^[A-Za-z0-9_-]{1,32}$/D',
	);
	$look = array();
	foreach ( $patterns as $name => $pattern ) {
		$value = $asked[ $name ] ?? '';
		if ( is_string( $value ) && preg_match( $pattern, $value ) ) {
			$look[ $name ] = ltrim( $value, '#' );
		}
	}
	return $look;
}

/**
 * The link with the live picture. Its width and height keep its place before anything is loaded.
 *
 * @param string $slug  The campaign.
 * @param array  $look  What of the look is asked for.
 * @param array  $asked Perhaps the campaign's title, and the picture's width and height.
 */
function linked_picture( string $slug, array $look, array $asked ): string {
	$title = is_string( $asked['title'] ?? null ) ? $asked['title'] : '';
	$size  = array( (int) ( $asked['width'] ?? 0 ), (int) ( $asked['height'] ?? 0 ) );
	if ( min( $size ) < 1 || max( $size ) > 2000 ) {
		$size = preset()['sizes'][ $look['kind'] ?? 'bar' ];
	}
	$page  = base() . '/c/' . $slug;
	if ( isset( $look['lang'] ) ) {
		$page = add_query_arg( 'lang', $look['lang'], $page );
	}
	/* translators: %s: title of a campaign */
	$alt = '' === $title ? __( 'Support us', 'tidemark' ) : sprintf( __( '%s: donate', 'tidemark' ), $title );
	return sprintf(
		'<a href="%s" target="_blank" rel="noopener"><img src="%s" width="%d" height="%d" alt="%s"></a>',
		esc_url( $page ),
		esc_url( add_query_arg( $look, base() . '/img/' . $slug . '.svg' ) ),
		$size[0],
		$size[1],
		esc_attr( $alt )
	);
}

/**
 * Which article the bar stands in, where readers may know it and the site wishes it to be told.
 */
function source(): array {
	$post = tells_page() && is_singular() && in_the_loop() ? get_post() : null;
	if ( ! $post || 'publish' !== $post->post_status || '' !== $post->post_password ) {
		return array();
	}
	return array( 'source' => strtok( (string) get_permalink( $post ), '?#' ) );
}

/**
 * What those who write are told in place of a bar that cannot be.
 */
function complaint(): string {
	/* translators: %s: address of Tidemark */
	$words = __( 'Tidemark: write the last part of a campaign’s address, such as newsroom in %s. Readers see nothing here.', 'tidemark' );
	return '<p class="tidemark-complaint"><em>' . esc_html( sprintf( $words, base() . '/c/newsroom' ) ) . '</em></p>';
}
