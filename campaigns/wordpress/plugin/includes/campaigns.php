<?php
/**
 * What Tidemark says of a campaign: its title and how large its picture is, or that there is none.
 *
 * The answers are kept, for a reader never waits for one: who writes does, once in a while, and for readers WordPress
 * asks in the background. A Tidemark that is away says nothing about a campaign, and so changes nothing.
 *
 * @package Tidemark
 */

namespace Tidemark;

defined( 'ABSPATH' ) || exit;

const KEPT                  = 'tidemark_campaigns';
const KEPT_MAX              = 200;
const ASKED_AGAIN_SECONDS   = 60;
const ASKED_AGAIN_LATER     = 600; // for readers, in seconds
const ANSWER_SECONDS_MAX    = 3;
const ASK_IN_THE_BACKGROUND = 'tidemark_ask';

/**
 * What is known: title, width and height; is_missing where Tidemark knows no such campaign; empty where nobody knows.
 *
 * @param string $slug The campaign.
 * @param array  $look What of the look is asked for.
 */
function what_is_known( string $slug, array $look ): array {
	$known   = kept()[ name_of( $slug, $look ) ] ?? array( 'asked_at' => 0 );
	$seconds = time() - $known['asked_at'];
	if ( current_user_can( 'edit_posts' ) && ! is_feed() ) {
		return $seconds < ASKED_AGAIN_SECONDS ? $known : ask( $slug, $look );
	}
	$is_settled = isset( $known['title'] ); // a title that changes is seen by whoever writes next
	if ( ! $is_settled && $seconds >= ASKED_AGAIN_LATER && ! wp_next_scheduled( ASK_IN_THE_BACKGROUND, array( $slug, $look ) ) ) {
		wp_schedule_single_event( time(), ASK_IN_THE_BACKGROUND, array( $slug, $look ) );
	}
	return $known;
}

/**
 * Asks Tidemark and keeps the answer.
 *
 * @param string $slug The campaign.
 * @param array  $look What of the look is asked for.
 */
function ask( string $slug, array $look ): array {
	$address = add_query_arg( array_map( 'rawurlencode', $look ), base() . '/c/' . $slug );
	$asked   = add_query_arg( 'url', rawurlencode( $address ), base() . '/oembed?for=plugin' );
	$answer  = wp_safe_remote_get( $asked, array( 'timeout' => ANSWER_SECONDS_MAX ) );
	$status  = wp_remote_retrieve_response_code( $answer );
	$told    = 200 === $status ? json_decode( wp_remote_retrieve_body( $answer ), true ) : null;
	$known   = kept()[ name_of( $slug, $look ) ] ?? array();
	if ( is_array( $told ) && isset( $told['title'], $told['thumbnail_width'], $told['thumbnail_height'] ) ) {
		$known = array(
			'title'  => (string) $told['title'],
			'width'  => (int) $told['thumbnail_width'],
			'height' => (int) $told['thumbnail_height'],
		);
	} elseif ( 404 === $status ) {
		$known = array( 'is_missing' => true );
	}
	$known['asked_at'] = time();
	update_option( KEPT, array_slice( array( name_of( $slug, $look ) => $known ) + kept(), 0, KEPT_MAX ), false );
	return $known;
}

/**
 * All that is kept, what was asked last first.
 */
function kept(): array {
	$kept = get_option( KEPT, array() );
	return is_array( $kept ) ? $kept : array();
}

/**
 * The name under which an answer is kept: another Tidemark knows other campaigns.
 *
 * @param string $slug The campaign.
 * @param array  $look What of the look is asked for.
 */
function name_of( string $slug, array $look ): string {
	return base() . '/c/' . $slug . '?' . http_build_query( array_intersect_key( $look, array( 'kind' => '', 'embed' => '' ) ) );
}

function stop_asking(): void {
	wp_unschedule_hook( ASK_IN_THE_BACKGROUND );
}
