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
		return complaint( malformed() );
	}
	$look  = look_of( $asked );
	$known = what_is_known( $slug, $look );
	if ( isset( $known['is_missing'] ) ) {
		return complaint( missing( $slug ) );
	}
	$link = linked_picture( $slug, $look, $known + $asked );
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
	$page = base() . '/c/' . $slug;
	if ( isset( $look['lang'] ) ) {
		$page = add_query_arg( 'lang', $look['lang'], $page );
	}
	return sprintf(
		'<a href="%s" target="_blank" rel="noopener"><img src="%s" width="%d" height="%d" alt="%s"></a>',
		esc_url( $page ),
		esc_url( add_query_arg( $look, base() . '/img/' . $slug . '.svg' ) ),
		$size[0],
		$size[1],
		esc_attr( str_replace( '{title}', $title, words( $look['lang'] ?? '' )[ '' === $title ? 'donate' : 'named' ] ) )
	);
}

/**
 * Which article the bar stands in or beside, where readers may know it and the site wishes it to be told.
 */
function source(): array {
	$post = tells_page() && is_singular() ? get_queried_object() : null;
	if ( ! $post instanceof \WP_Post || 'publish' !== $post->post_status || '' !== $post->post_password ) {
		return array();
	}
	return array( 'source' => strtok( (string) get_permalink( $post ), '?#' ) );
}

/**
 * What readers are told in words, in the asked language or the site's, as far as the Tidemark that made this speaks it.
 *
 * @param string $language A language's tag; '' for the site's.
 */
function words( string $language ): array {
	$words = preset()['words'];
	foreach ( array( $language, get_locale() ) as $tag ) {
		$short = strtolower( substr( $tag, 0, strcspn( $tag, '-_' ) ) );
		if ( isset( $words[ $short ] ) ) {
			return $words[ $short ];
		}
	}
	return $words['en'];
}

/**
 * What those who write are told in place of a bar that cannot be; readers see nothing.
 *
 * @param string $words What is wrong, and what to do.
 */
function complaint( string $words ): string {
	if ( ! current_user_can( 'edit_posts' ) || is_feed() ) {
		return '';
	}
	return '<p class="tidemark-complaint"><em>' . esc_html( $words ) . '</em></p>';
}

function malformed(): string {
	/* translators: %s: address of a campaign */
	$words = __( 'Tidemark: write the last part of a campaign’s address, such as newsroom in %s. Readers see nothing here.', 'tidemark' );
	return sprintf( $words, base() . '/c/newsroom' );
}

function missing( string $slug ): string {
	/* translators: 1: name of a campaign, 2: address of Tidemark */
	$words = __( 'Tidemark: no published campaign “%1$s” is known at %2$s. Write another name, or publish it there. Readers see nothing here.', 'tidemark' );
	return sprintf( $words, $slug, base() );
}
